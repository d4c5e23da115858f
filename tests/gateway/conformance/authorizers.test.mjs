import { testSection } from './section.mjs'

testSection('authorizers')
