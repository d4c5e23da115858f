import text from '#core/gatesocket_bg.txt'
import unpacker from './wasm/unpack.txt'

/** Where the text lies in the unpacker's memory: after what it notes itself. */
const BEGIN = 768

/** Compiles the wasm that lies in this file as text, synchronously. */
export function inlined(): WebAssembly.Module {
  return new WebAssembly.Module(unpack(text))
}

/** Reads what `xtask/src/inlined.rs` writes. A loop in JavaScript takes ten times as long, because it runs once and is interpreted. */
function unpack(text: string): Uint8Array<ArrayBuffer> {
  const code = Uint8Array.from(unpacker.match(/../g)!, (digits) => parseInt(digits, 16))
  const { memory, unpack } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as Unpacker
  const end = BEGIN + text.length
  // No letter stands for more than four bytes.
  memory.grow(Math.ceil((5 * text.length) / 65_536))
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(new TextEncoder().encode(text), BEGIN)
  return bytes.subarray(end, unpack(BEGIN, end))
}

/** `unpack.wat`. */
interface Unpacker {
  memory: WebAssembly.Memory
  unpack: (begin: number, end: number) => number
}
