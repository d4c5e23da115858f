/**
 * What bundlers for edge runtimes make of an import of this file: the compiled module, which `init` of `gatesocket/slim`
 * takes. Other bundlers need a loader or a flag for it, or give its URL.
 */
declare const core: WebAssembly.Module
export default core
