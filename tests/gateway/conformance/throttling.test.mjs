import { testSection } from './section.mjs'

testSection('throttling')
