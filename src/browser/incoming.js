// The hot path: what happens for every message that arrives. It is JavaScript, so that a message crosses into wasm
// once on its way in and once on its way out, and nothing that may throw is called from wasm.

// What a message is, as `Kind` in incoming.rs reads it.
const OBJECT = 0
const OBJECT_WITH_ID = 1
const NOT_AN_OBJECT = 2
const NOT_JSON = 3
const BINARY = 4

/**
 * Calls `take` with what a WebSocket brought, parsed, with its kind and its length: of a text in UTF-16 code units,
 * because its bytes of UTF-8 would take the engine longer to count than the rest.
 */
export function read(data, take) {
  if (typeof data !== 'string') return take(data, BINARY, data.byteLength)
  let value
  try {
    value = JSON.parse(data)
  } catch {
    return take(data, NOT_JSON, data.length)
  }
  let kind = NOT_AN_OBJECT
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    kind = value.connectionId === undefined ? OBJECT : OBJECT_WITH_ID
  }
  take(value, kind, data.length)
}

/** Reads every message of a WebSocket; returns the listener that does. */
export function listen(socket, take) {
  const listener = (event) => read(event.data, take)
  socket.addEventListener('message', listener)
  return listener
}

/** Calls a user's function. What it throws is reported as any uncaught error of the page. */
export function call(callback, value, more) {
  try {
    callback(value, more)
  } catch (thrown) {
    report(thrown)
  }
}

export function report(thrown) {
  if (typeof reportError === 'function') reportError(thrown)
  // Node has no reportError: an unhandled rejection is what such a place reports.
  else void Promise.reject(thrown)
}
