import { connect as connectTo, getConnectionId as getConnectionIdOf } from './connect.js'
import { inlined } from './inlined.js'
import { compileWith } from './instance.js'

// Bundlers drop the wasm, as text the most of this file, where neither of them is used.
export const connect = /* @__PURE__ */ withWasm(connectTo)
export const getConnectionId = /* @__PURE__ */ withWasm(getConnectionIdOf)
export { GateSocketError } from './error.js'
// For the hooks, whose entry imports this one: not for users, and without a type for them.
export { CALLBACKS as __CALLBACKS, passOn as __passOn } from './callbacks.js'
export { matches as __matches } from './match.js'
export { refuseUnknown as __refuseUnknown } from './names.js'

function withWasm<Entry>(entry: Entry): Entry {
  compileWith(inlined)
  return entry
}
