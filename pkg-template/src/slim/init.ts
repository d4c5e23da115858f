import integrity from '#core/integrity.txt'
import type { Source } from '../../types/slim/index.js'
import { GateSocketError } from '../error.js'
import { cannotStart, compileWith, instance, requireWebAssembly } from '../instance.js'

let started: Promise<void> | undefined

function missing(): never {
  throw new GateSocketError(
    'not-initialized',
    'gatesocket/slim holds no WebAssembly. Await init(…) with gatesocket/core.wasm before the first connection.',
  )
}

compileWith(missing)

export function init(source: Source): Promise<void> {
  if (started) {
    // The first one counts. Whoever gave this one hears nothing of it.
    void Promise.resolve(source).catch(() => {})
    return started
  }
  started = begin(source)
  started.catch(() => (started = undefined))
  return started
}

async function begin(source: Source): Promise<void> {
  requireWebAssembly()
  const bytes = await loaded(await source)
  try {
    const module = is(bytes, 'Response') ? await WebAssembly.compileStreaming(bytes as Response) : await compiled(bytes as BufferSource)
    compileWith(() => module)
    // Whether it fits is known now, not with the first connection.
    instance()
  } catch (thrown) {
    compileWith(missing)
    throw ofOtherVersion(thrown) ?? cannotStart(thrown)
  }
}

/** Bytes, a module, or a Response that can be compiled while it loads. */
async function loaded(given: Awaited<Source>): Promise<BufferSource | WebAssembly.Module | Response> {
  if (typeof given === 'string' || is(given, 'URL')) return loaded(await fetched(given as string | URL))
  if (ArrayBuffer.isView(given) || is(given, 'ArrayBuffer') || is(given, 'WebAssembly.Module')) return given as BufferSource
  if (!is(given, 'Response')) {
    throw new GateSocketError(
      'bad-options',
      'init takes core.wasm: its bytes, a Response, a WebAssembly.Module, a promise of one of these, or its URL.',
    )
  }
  const response = given as Response
  const { status, ok, headers } = response
  if (!ok) throw new GateSocketError('core-unavailable', `core.wasm could not be had: HTTP status ${status}.`, { status })
  // Streaming refuses every other type.
  const isWasm = headers.get('content-type')?.toLowerCase() === 'application/wasm'
  return isWasm && 'compileStreaming' in WebAssembly ? response : response.arrayBuffer()
}

async function fetched(url: string | URL): Promise<Response> {
  try {
    return await fetch(url, { integrity })
  } catch (thrown) {
    const error = new GateSocketError(
      'core-unavailable',
      'core.wasm could not be fetched. Check its URL, that connect-src of the Content-Security-Policy allows it, and that it ' +
        'is the file of the installed version of gatesocket: its integrity hash must be that of this version.',
    )
    error.cause = thrown
    throw error
  }
}

async function compiled(from: BufferSource | WebAssembly.Module): Promise<WebAssembly.Module> {
  return is(from, 'WebAssembly.Module') ? (from as WebAssembly.Module) : WebAssembly.compile(from as BufferSource)
}

function ofOtherVersion(thrown: unknown): GateSocketError | undefined {
  const { cause } = thrown as GateSocketError
  if (!(cause instanceof WebAssembly.LinkError || cause instanceof TypeError)) return undefined
  return new GateSocketError(
    'core-unavailable',
    'This core.wasm is not that of the installed version of gatesocket. Copy it from there with each build.',
  )
}

/** Whatever realm it comes from. */
function is(value: unknown, kind: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${kind}]`
}
