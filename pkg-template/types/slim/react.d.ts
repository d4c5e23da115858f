export * from '../react.js'
