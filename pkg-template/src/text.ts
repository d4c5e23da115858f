// Put by esbuild into the place of the global names. Jest's jsdom has none of the two, and all that a test would do
// about it is a set-up file that takes Node's.

/** As far as the glue of the wasm needs it. */
class Encoder {
  encode(text: string): Uint8Array {
    // A half of a surrogate pair becomes a replacement character, as in any encoder; encodeURIComponent throws for it.
    const whole = text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (found) => found[1] ? found : '\uFFFD')
    return Uint8Array.from(unescape(encodeURIComponent(whole)), (letter) => letter.charCodeAt(0))
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    const bytes = this.encode(text)
    into.set(bytes)
    return { read: text.length, written: bytes.length }
  }
}

class Decoder {
  decode(bytes: Uint8Array = new Uint8Array()): string {
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    return decodeURIComponent(escape(text))
  }
}

const { TextEncoder = Encoder, TextDecoder = Decoder } = globalThis as unknown as {
  TextEncoder?: typeof Encoder
  TextDecoder?: typeof Decoder
}
export { TextDecoder, TextEncoder }
