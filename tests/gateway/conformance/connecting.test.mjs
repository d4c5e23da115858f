import { testSection } from './section.mjs'

testSection('connecting')
