export { connect, getConnectionId } from '../connect.js'
export { GateSocketError } from '../error.js'
export { init } from './init.js'
export { default as integrity } from '#core/integrity.txt'
