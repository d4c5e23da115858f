// `fakeGateway` puts one constructor into the place of `WebSocket`, for all gateways that there are.
import { FakeWebSocket } from './socket.js'

/** Who answers for some URLs. */
export interface Answerer {
  answers(url: URL): boolean
  connect(socket: FakeWebSocket, url: URL, protocols: readonly string[]): void
}

const answerers: Answerer[] = []
/** What was in its place, and the constructor that is there now. */
let original: PropertyDescriptor | undefined
let installed: unknown

/** Lets a gateway answer. Of several that answer for one URL, the last is asked. */
export function install(answerer: Answerer): void {
  if (answerers.push(answerer) > 1) return
  original = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  installed = new Proxy(FakeWebSocket, {
    construct: (target, [url, protocols = []]: [string | URL, (string | string[])?], newTarget) => {
      const address = parse(url)
      const names = checked(typeof protocols === 'string' ? [protocols] : [...protocols].map(String))
      const answerer = [...answerers].reverse().find((answerer) => answerer.answers(address))
      if (!answerer) return elsewhere(address, names)
      const socket = Reflect.construct(target, [address], newTarget) as FakeWebSocket
      answerer.connect(socket, address, names)
      return socket
    },
  })
  Object.defineProperty(globalThis, 'WebSocket', { value: installed, writable: true, configurable: true, enumerable: false })
}

/** After the last one the original is back, unless somebody has put something else there. */
export function uninstall(answerer: Answerer): void {
  const index = answerers.indexOf(answerer)
  if (index < 0) return
  answerers.splice(index, 1)
  if (answerers.length > 0 || (globalThis as { WebSocket?: unknown }).WebSocket !== installed) return
  if (original) Object.defineProperty(globalThis, 'WebSocket', original)
  else delete (globalThis as { WebSocket?: unknown }).WebSocket
}

/** A socket to where no fake gateway answers. */
function elsewhere(url: URL, protocols: string[]): object {
  const Original = (original?.value ?? original?.get?.call(globalThis)) as typeof WebSocket | undefined
  if (typeof Original !== 'function') {
    throw new Error(`No fake gateway answers for ${url.origin}${url.pathname}, and there is no WebSocket here.`)
  }
  return new Original(url, protocols)
}

/** "The WebSocket(url, protocols) constructor" of WHATWG's standard. */
function parse(url: string | URL): URL {
  let parsed: URL
  try {
    parsed = new URL(url, globalThis.location?.href)
  } catch {
    throw new DOMException('The URL is invalid.', 'SyntaxError')
  }
  if (parsed.protocol.startsWith('http')) parsed.protocol = parsed.protocol.replace('http', 'ws')
  if (!/^wss?:$/.test(parsed.protocol)) throw new DOMException('The URL begins with neither ws: nor wss:.', 'SyntaxError')
  if (parsed.hash !== '') throw new DOMException('The URL has a fragment.', 'SyntaxError')
  return parsed
}

function checked(protocols: string[]): string[] {
  const isToken = (name: string) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
  if (!protocols.every(isToken) || new Set(protocols).size < protocols.length) {
    throw new DOMException('A subprotocol is a token of RFC 6455, and stands there once.', 'SyntaxError')
  }
  return protocols
}
