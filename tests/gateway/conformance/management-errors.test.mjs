import { testSection } from './section.mjs'

testSection('management-errors')
