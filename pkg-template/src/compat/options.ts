import type { Options } from '../../types/compat/react-use-websocket.js'
import { __refuseUnknown as refuseUnknown, GateSocketError } from '../index.js'

/** What each option may be, as `typeof` says it. `null` is as good as nothing. */
const TYPES: Record<keyof Options, string[]> = {
  queryParams: ['object'],
  protocols: ['string', 'object'],
  share: ['boolean'],
  onOpen: ['function'],
  onClose: ['function'],
  onMessage: ['function'],
  onError: ['function'],
  onReconnectStop: ['function'],
  shouldReconnect: ['function'],
  reconnectInterval: ['number', 'function'],
  reconnectAttempts: ['number'],
  filter: ['function'],
  retryOnError: ['boolean'],
  skipAssert: ['boolean'],
  heartbeat: ['boolean', 'object'],
  disableJson: ['boolean'],
  gatesocket: ['object'],
  fromSocketIO: ['boolean'],
  eventSourceOptions: ['object'],
}

const HEARTBEAT = { message: ['string', 'function'], returnMessage: ['string'], timeout: ['number'], interval: ['number'] }

/** What a session could be told and the hook has options of its own for, and what it could not tell. */
const ELSEWHERE: { [name: string]: string } = {
  reconnect: 'reconnectInterval and reconnectAttempts say it',
  shouldReconnect: 'shouldReconnect of the hook says it',
  protocols: 'protocols of the hook says it',
  onMessage: 'onMessage of the hook is told',
  onLink: 'getWebSocket() has it',
  schema: 'this hook hands on what comes; useGateSocket checks it',
  rooms: 'this hook has none; useGateSocket has',
}

/** Refuses what can't be carried out, with a sentence: nothing is accepted and ignored. */
export function check(options: Options): void {
  ofTypes(options, TYPES, '')
  const { fromSocketIO, eventSourceOptions, heartbeat, gatesocket } = options
  if (fromSocketIO) throw noSocketIO()
  if (eventSourceOptions) throw noEventSource()
  if (heartbeat && heartbeat !== true) ofTypes(heartbeat, HEARTBEAT, 'heartbeat.')
  for (const name of Object.keys(gatesocket ?? {})) {
    if (ELSEWHERE[name]) throw bad(`gatesocket.${name} is not for this hook: ${ELSEWHERE[name]}.`)
  }
}

function ofTypes(given: object, types: { [name: string]: string[] }, within: string): void {
  // At every render: without a list of the entries it takes a fraction of the time.
  for (const name in given) {
    const value = (given as { [name: string]: unknown })[name]
    if (value == null) continue
    const allowed = types[name]
    if (!allowed) refuseUnknown({ [name]: value }, Object.keys(types), within)
    else if (!allowed.includes(typeof value)) {
      throw bad(`${within}${name} must be of type ${allowed.join(' or ')}; it is of type ${typeof value}.`)
    }
    if (typeof value === 'number' && !(value >= 0)) throw bad(`${within}${name} must be a number from 0; it is ${value}.`)
  }
}

function bad(message: string): GateSocketError {
  return new GateSocketError('bad-options', message)
}

export function noSocketIO(): GateSocketError {
  return new GateSocketError(
    'unsupported',
    'gatesocket does not speak Socket.IO, which is a protocol of its own above WebSocket: use socket.io-client for it.',
  )
}

export function noEventSource(): GateSocketError {
  return new GateSocketError(
    'unsupported',
    'gatesocket has no EventSource, which is HTTP and no WebSocket: use the browser’s EventSource in an effect.',
  )
}
