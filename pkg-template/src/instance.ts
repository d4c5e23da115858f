import { GateSocketError } from './error.js'
import { GateSocket, initSync } from './wasm/gatesocket.js'
import base64 from './wasm/gatesocket_bg.wasm'

let started = false

/**
 * The core's class. The first call compiles the inlined wasm, synchronously; importing does nothing,
 * so that a server may import this module.
 */
export function core(): typeof GateSocket {
  if (!started) {
    if (typeof WebAssembly !== 'object') {
      throw new GateSocketError('unsupported', 'There is no WebAssembly here, which gatesocket needs.')
    }
    try {
      initSync({ module: decode(base64) })
    } catch (thrown) {
      throw new GateSocketError(
        'unsupported',
        `WebAssembly could not start (${thrown}). If the page has a Content-Security-Policy, add ` +
          "'wasm-unsafe-eval' to its script-src.",
      )
    }
    started = true
  }
  return GateSocket
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  // By the engine where it can, and by a loop elsewhere.
  const native = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }
  if (native.fromBase64) return native.fromBase64(text)
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
