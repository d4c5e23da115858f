export { connect, getConnectionId } from './connect.js'
export { GateSocketError } from './error.js'
