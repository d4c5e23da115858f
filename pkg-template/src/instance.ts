import { GateSocketError } from './error.js'
import { Guard } from './guard.js'
import { sentence } from './sentences.js'

let compile: () => WebAssembly.Module
let module: WebAssembly.Module | undefined
let current: Guard | undefined

/** Says where the wasm comes from; each entry of the package has a way of its own. */
export function compileWith(way: () => WebAssembly.Module): void {
  compile = way
  module = undefined
}

/** The instance for a new session: all share one, until it crashes. Importing starts nothing, so that a server may. */
export function instance(): Guard {
  return current && !current.crash ? current : (current = start())
}

function start(): Guard {
  requireWebAssembly()
  try {
    module ??= compile()
    const guard = new Guard(module)
    // Not again where this follows one that crashed.
    if (!current) warnOfAnother()
    return guard
  } catch (thrown) {
    throw cannotStart(thrown)
  }
}

export function requireWebAssembly(): void {
  if (typeof WebAssembly === 'object') return
  throw new GateSocketError('unsupported', sentence('HermesInternal' in globalThis ? 'wasm, hermes' : 'wasm, missing'))
}

/** What was thrown where the wasm should have started, as an error that says what may be done. */
export function cannotStart(thrown: unknown): GateSocketError {
  if (thrown instanceof GateSocketError) return thrown
  const error = new GateSocketError('unsupported', sentence('wasm', { thrown }))
  error.cause = thrown
  return error
}

declare const process: { env: { NODE_ENV?: string } }

/** In development: two copies work, but a session of one is no session of the other. */
function warnOfAnother(): void {
  try {
    if (process.env.NODE_ENV !== 'production') {
      // What copies of this package find each other by.
      const key = Symbol.for('gatesocket')
      const page = globalThis as { [key]?: typeof instance }
      if ((page[key] ??= instance) !== instance) {
        console.warn(
          'gatesocket is here twice, and the copies share no sessions. Import gatesocket or gatesocket/slim everywhere, ' +
            'not both, and have one version of it (npm ls gatesocket).',
        )
      }
    }
  } catch {
    // No bundler, and no Node.
  }
}
