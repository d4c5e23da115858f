/** For tests that crash the core: runs before its package does, in a page or an engine, and keeps every instance of the core. */
export function keepInstances() {
  globalThis.instances = []
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(Instance, given) {
      const instance = new Instance(...given)
      // The one that handles facts is the core; the other unpacks it.
      if (instance.exports.handle) instances.push(instance)
      return instance
    },
  })
  /** What a promise came to, in a word. */
  globalThis.code = (promise) => promise.then(String, (error) => `${error.name} ${error.code}`)
}
