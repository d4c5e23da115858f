import { testSection } from './section.mjs'

testSection('permissions')
