import { testSection } from './section.mjs'

testSection('limits')
