import { inlined } from './inlined.js'
import { compileWith } from './instance.js'

compileWith(inlined)

export { connect, getConnectionId } from './connect.js'
export { GateSocketError } from './error.js'
// For the hooks, whose entry imports this one: not for users, and without a type for them.
export { refuseUnknown as __refuseUnknown } from './names.js'
