export { connect, getConnectionId } from '../connect.js'
export { GateSocketError } from '../error.js'
export { init } from './init.js'
export { default as integrity } from '#core/integrity.txt'
// As beside it: the hooks find either entry under the same name.
export { CALLBACKS as __CALLBACKS, passOn as __passOn } from '../callbacks.js'
export { matches as __matches } from '../match.js'
export { refuseUnknown as __refuseUnknown } from '../names.js'
