// The APIs that rows are checked on, described once for every emulator.

const custom = ['$connect', '$disconnect', '$default', 'hello', '1', '1.5', 'true', '[item1, item2]', 'Hello']

/**
 * Routes by key, each with what it has beyond a Lambda proxy integration; limits in seconds; times are short enough to
 * wait for and long enough for a busy machine.
 */
export const setups = {
  /** The usual API, with custom routes. */
  usual: { routes: custom },
  /** One custom route and nothing else. */
  bare: { routes: ['hello'] },
  /** `$default` alone. */
  defaultOnly: { routes: ['$default'] },
  idle: { idleTimeout: 2 },
  lifetime: { maxConnectionDuration: 2 },
  impatient: { integrationTimeout: 3 },
  nested: { routes: [...custom, 'deep'], expression: '$request.body.message.kind' },
  runtimeByHand: { runtime: 'by hand' },
  initError: { runtime: 'init error' },
  python: { runtime: 'awslambdaric', without: 'is not tried: its Python runs through a bridge of its own' },
}
