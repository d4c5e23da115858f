import { testSection } from './section.mjs'

testSection('runtime')
