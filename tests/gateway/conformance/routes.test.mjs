import { testSection } from './section.mjs'

testSection('routes')
