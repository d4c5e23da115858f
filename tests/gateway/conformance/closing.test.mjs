import { testSection } from './section.mjs'

testSection('closing')
