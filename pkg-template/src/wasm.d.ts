/** esbuild's `text` loader: the wasm as `xtask/src/inlined.rs` writes it. */
declare module '*.txt' {
  const text: string
  export default text
}
