import { testSection } from './section.mjs'

testSection('events')
