// Loaded into a server before its own code: writes down who compiles or instantiates WebAssembly there.
const { appendFileSync } = require('node:fs')

const log = process.env.GATESOCKET_WASM_LOG

function note(name) {
  appendFileSync(log, `${JSON.stringify({ name, stack: new Error().stack })}\n`)
}

for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name]
  if (!original) continue
  WebAssembly[name] = (...given) => {
    note(name)
    return original.apply(WebAssembly, given)
  }
}
for (const name of ['Module', 'Instance']) {
  WebAssembly[name] = new Proxy(WebAssembly[name], {
    construct(target, given, made) {
      note(name)
      return Reflect.construct(target, given, made)
    },
  })
}
