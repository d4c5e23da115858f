/** esbuild's `base64` loader: the file's bytes as text. */
declare module '*.wasm' {
  const base64: string
  export default base64
}
