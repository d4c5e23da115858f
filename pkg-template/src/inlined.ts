import text from '#core/gatesocket_bg.txt'
import unpacker from './wasm/unpack.txt'

/** How many bytes of the unpacker's memory its table takes. */
const TABLE = 3 * 128

/** Compiles the wasm that lies in this file as text, synchronously. */
export function inlined(): WebAssembly.Module {
  return new WebAssembly.Module(unpack(text))
}

/**
 * Reads what `xtask/src/inlined.rs` writes: all bytes by how frequent they are, as hexadecimal digits, and then the places
 * of the wasm's own. A loop in JavaScript takes several times as long, because it runs once and is interpreted.
 */
function unpack(text: string): Uint8Array<ArrayBuffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(unpacker)))
  const { memory, unpack } = exports as unknown as Unpacker
  memory.grow(Math.ceil(text.length / 65_536))
  const bytes = new Uint8Array(memory.buffer)
  // The letters of the text: each stands for a byte of its page, and `~` and `}` turn the page.
  const letters = Array.from({ length: 95 }, (_, index) => index + 32).filter(
    (code) => !'"\\`$<~}'.includes(String.fromCharCode(code)),
  )
  bytesOf(text.slice(0, 512)).forEach((byte, place) => {
    const page = Math.floor(place / letters.length)
    bytes[page * 128 + letters[place % letters.length]!] = byte
  })
  const { written } = new TextEncoder().encodeInto(text.slice(512), bytes.subarray(TABLE))
  return bytes.subarray(TABLE, unpack(TABLE, TABLE + written))
}

/** `unpack.wat`. */
interface Unpacker {
  memory: WebAssembly.Memory
  unpack: (begin: number, end: number) => number
}

function bytesOf(hexadecimal: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hexadecimal.length / 2 }, (_, index) =>
    parseInt(hexadecimal.slice(2 * index, 2 * index + 2), 16),
  )
}
