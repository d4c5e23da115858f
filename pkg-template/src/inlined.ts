import text from '#core/gatesocket_bg.txt'

/** Compiles the wasm that lies in this file as text, synchronously. */
export function inlined(): WebAssembly.Module {
  return new WebAssembly.Module(bytesOf(text))
}

/**
 * Reads what `xtask/src/inlined.rs` writes: a letter for each byte, numbered without the gaps at `<`, `\` and `` ` ``,
 * and before it a space or `!` for the second or third page of 87 bytes.
 */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  let length = 0
  let page = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 37) {
      page = 87 * (code - 31)
    } else {
      bytes[length++] = page + code - 37 - (+(code > 60) + +(code > 92) + +(code > 96))
      page = 0
    }
  }
  return bytes.subarray(0, length)
}
