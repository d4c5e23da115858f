import { testSection } from './section.mjs'

testSection('frames')
