export * from '../index.js'

/** What {@link init} takes. */
export type Source = BufferSource | Response | WebAssembly.Module | string | URL | PromiseLike<BufferSource | Response | WebAssembly.Module>

/**
 * Compiles `gatesocket/core.wasm`, which this entry does not contain. Await it before the first connection: `connect`
 * and `getConnectionId` throw `not-initialized` until then.
 *
 * ```ts
 * import { connect, init } from 'gatesocket/slim'
 *
 * await init('/core.wasm') // where you serve node_modules/gatesocket/core.wasm
 * ```
 *
 * The first call that does not fail counts, and all calls return its promise. One that fails may be made again.
 *
 * Rejects with `core-unavailable` for a URL that can't be fetched, a Response that is an error or the wasm of another
 * version, with `unsupported` where WebAssembly can't be had, the page's `Content-Security-Policy` forbids it or the bytes are
 * no wasm, with `bad-options` for anything else than what it takes, and with what a promise that it was given rejects with.
 *
 * @param source the bytes; a `Response` (it is compiled while it loads where its type is `application/wasm`); a compiled
 * module, for edge runtimes; a promise of one of these; or the URL, which is fetched with {@link integrity}
 */
export declare function init(source: Source): Promise<void>

/**
 * The hash of `core.wasm` of this version, as `fetch(url, { integrity })` and `<link rel="preload" integrity="…">` take it:
 * `sha384-…`.
 */
export declare const integrity: string
