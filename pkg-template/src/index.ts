import { inlined } from './inlined.js'
import { compileWith } from './instance.js'

compileWith(inlined)

export { connect, getConnectionId } from './connect.js'
export { GateSocketError } from './error.js'
