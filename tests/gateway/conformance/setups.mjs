// The APIs that rows are checked on, described once for every emulator.

const custom = ['$connect', '$disconnect', '$default', 'hello', '1', '1.5', 'true', '[item1, item2]', 'Hello']

/**
 * `without` is the reason why a row fails where an emulator lacks the feature; `ours` why it does not apply where the
 * service has no such thing. Routes by key, each with what it has beyond a Lambda proxy integration; limits in seconds; times are short enough to
 * wait for and long enough for a busy machine.
 */
export const setups = {
  /** The usual API, with custom routes. */
  usual: { routes: custom },
  /** One custom route and nothing else. */
  bare: { routes: ['hello'] },
  /** `$default` alone. */
  defaultOnly: { routes: ['$default'] },
  idle: { idleTimeout: 3 },
  lifetime: { maxConnectionDuration: 2 },
  impatient: { integrationTimeout: 6 },
  nested: { routes: [...custom, 'deep'], expression: '$request.body.message.kind' },
  composed: { routes: [...custom, 'chat/join', 'chat/'], expression: '${request.body.service}/${request.body.action}' },
  authorized: { authorizer: true },
  variables: { stageVariables: { color: 'blue', level: '3' }, without: 'has no stage variables' },
  responding: { routes: [...custom, 'ask'], responds: ['ask', '$default'] },
  mock: { mock: { ping: '{"pong":true}' }, without: 'has Lambda proxy integrations only' },
  http: { http: ['ask'], responds: ['ask'], without: 'has Lambda proxy integrations only' },
  model: { routes: [...custom, 'buy'], model: { buy: { type: 'object', required: ['price'], properties: { price: { type: 'number' } } } }, without: 'has no models' },
  serial: { serial: true, ours: 'the service has no such setting' },
  errorFrames: { errorFrames: true, ours: 'the service has no such setting' },
  fewConnections: { connectionRate: '0.01:2', without: 'accepts any number' },
  fewRequests: { requestRate: '0.01:4', without: 'has no throttles' },
  fewMessages: { messageRate: '0.01:3', without: 'has no throttles' },
  forbidden: { policy: [], without: 'asks for no permission' },
  permitted: { policy: [{ Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: 'arn:aws:execute-api:us-east-1:*:*/production/POST/@connections/*' }], without: 'asks for no permission' },
  signed: { signed: true, without: 'does not look at signatures' },
  runtimeByHand: { runtime: 'by hand', ours: 'handlers run in its own Node threads' },
  initError: { runtime: 'init error', ours: 'handlers run in its own Node threads' },
  python: { runtime: 'awslambdaric', ours: 'Python runs through a bridge of its own' },
}
