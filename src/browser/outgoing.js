// Codes of failures.
const NOT_SERIALIZABLE = 'not-serializable'
const BINARY_UNSUPPORTED = 'binary-unsupported'
const BAD_OPTIONS = 'bad-options'

/**
 * What a link is to carry for a user's value: its JSON text, with a `ref` if there is one, or bytes where they are
 * allowed. Returns `{ code, why }` for what can't be sent.
 */
export function written(value, allowsBinary, ref) {
  try {
    return bodyOf(value, allowsBinary, ref)
  } catch (refusal) {
    // At the end of the stack it is the engine's.
    return refusal.code ? refusal : { code: NOT_SERIALIZABLE, why: firstLine(refusal) }
  }
}

function bodyOf(value, allowsBinary, ref) {
  const isView = ArrayBuffer.isView(value)
  const isBinary = isView || isA(ArrayBuffer, value) || isA(globalThis.Blob, value)
  if (ref !== undefined && (typeof value !== 'object' || !value || isBinary || isList(value))) {
    throw { code: BAD_OPTIONS, why: 'A request must be an object, which gets a ref that its answer repeats.' }
  }
  if (isBinary) {
    if (!allowsBinary) throw { code: BINARY_UNSUPPORTED }
    return copied(value, isView)
  }
  let text
  try {
    text = JSON.stringify(ref === undefined ? value : Object.assign({}, value, { ref }))
  } catch (thrown) {
    // What was thrown may be anything: the engine's own TypeError, or whatever a user's `toJSON` throws.
    throw { code: NOT_SERIALIZABLE, why: firstLine(thrown) }
  }
  if (text === undefined) {
    throw { code: NOT_SERIALIZABLE, why: 'undefined, functions and symbols have no JSON form' }
  }
  return text
}

/**
 * The bytes as they are now: whoever sent them may write to their memory while they wait for a connection, and no
 * browser sends memory that is shared. Nobody can change a Blob.
 */
function copied(bytes, isView) {
  try {
    if (isView) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice()
    return bytes instanceof ArrayBuffer ? new Uint8Array(bytes).slice() : bytes
  } catch {
    throw { code: BAD_OPTIONS, why: 'The bytes are gone: their buffer was transferred to somebody else.' }
  }
}

/** Throws for some Proxy, and where there is no such class. */
function isA(type, value) {
  try {
    return value instanceof type
  } catch {
    return false
  }
}

/** `Array.isArray` throws for some Proxy, which is no plain object. */
function isList(value) {
  try {
    return Array.isArray(value)
  } catch {
    return true
  }
}

function firstLine(thrown) {
  try {
    const { message } = thrown
    if (typeof message === 'string' && message) return message.split(/\r?\n/)[0]
  } catch {
    // A getter of its own may throw too.
  }
  return 'toJSON threw'
}

/** The `ref` of a request. `mark` is the session's own, so that no answer to another's is taken for one to it. */
export function referenceOf(mark, request) {
  return `${mark.toString(16)}-${request.toString(16)}`
}

/** The request that a `ref` is about; -1 if it is none of the session with this mark. */
export function requestOf(mark, ref) {
  if (typeof ref !== 'string') return -1
  const request = parseInt(ref.slice(ref.indexOf('-') + 1), 16)
  // The core's names have 32 bits, and would take a larger one for another.
  return ref === referenceOf(mark, request >>> 0) ? request : -1
}
