// What esbuild puts into the place of the global name. Jest's jsdom has none, and all that a test would do about it is a
// set-up file that takes Node's.

class Encoder {
  encode(text: string): Uint8Array {
    // encodeURIComponent throws for half of a surrogate pair.
    const whole = text.replace(/[\ud800-\udfff]/gu, '\ufffd')
    return Uint8Array.from(unescape(encodeURIComponent(whole)), (letter) => letter.charCodeAt(0))
  }
}

export const TextEncoder = /* @__PURE__ */ (() => globalThis.TextEncoder ?? Encoder)()

/** For what the wasm writes, which is UTF-8 that is whole. The texts are short. */
export function decodeText(bytes: Uint8Array): string {
  return decodeURIComponent(escape(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')))
}
