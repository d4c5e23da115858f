import { GateSocketError } from './error.js'
import { GateSocket, initSync } from './wasm/gatesocket.js'
import text from './wasm/gatesocket_bg.txt'

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
      initSync({ module: decode(text) })
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

/** The letters of the text, each of which stands for a byte within its page; `~` and `}` turn the page. */
const LETTERS = Array.from({ length: 95 }, (_, index) => index + 32).filter(
  (code) => !'"\\`$<~}'.includes(String.fromCharCode(code)),
)

/** Reads what `xtask/src/inlined.rs` writes: all bytes by how frequent they are, then the places of the wasm's own. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const places = new Uint8Array(128)
  LETTERS.forEach((code, place) => (places[code] = place))
  const table = Uint8Array.from({ length: 256 }, (_, place) => parseInt(text.slice(2 * place, 2 * place + 2), 16))
  const bytes = new Uint8Array(text.length)
  let length = 0
  let page = 0
  for (let at = 512; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 126) page = 1
    else if (code === 125) page = 2
    else {
      bytes[length++] = table[page * LETTERS.length + places[code]!]!
      page = 0
    }
  }
  return bytes.subarray(0, length)
}
