import type { Url } from '../types/index.js'
import type { Use } from './driver.js'
import { Refusal } from './error.js'
import { sentence } from './sentences.js'
import { fetchTicket, type Ticket } from './ticket.js'

/**
 * The text of a string or a `URL`, if it is an absolute `ws:` or `wss:` URL without a fragment.
 *
 * What is refused is not repeated, because any part of it may hold a token; only the host and the path of
 * an `http:` URL are.
 */
export function addressOf(value: unknown): string {
  const refuse = (name: string, facts?: object): never => {
    throw new Refusal(sentence(`url, ${name}`, facts))
  }
  const text = textOf(value) ?? refuse('type', { kind: value === null ? 'null' : typeof value })
  const { protocol: scheme, host, pathname, hash, href } = parsed(text) ?? refuse('relative')
  if (/^https?:$/.test(scheme)) refuse('http', { scheme, instead: `${scheme.replace('http', 'ws')}//${host}${pathname}` })
  // What stands before the colon need not be a scheme: it is the host in localhost:3001/.
  if (!/^wss?:$/.test(scheme)) refuse('relative')
  if (hash) refuse('fragment')
  return href
}

/** Of a string or a `URL`, also of one that another window made. */
export function textOf(value: unknown): string | undefined {
  try {
    const text = typeof value === 'object' ? (value as URL).href : value
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

export function parsed(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/** What a user's function gives or promises. What it throws may hold a token, so it is not repeated. */
async function given<Value>(name: string, ask: () => unknown, read: (value: unknown) => Value): Promise<Value> {
  try {
    return read(await ask())
  } catch (thrown) {
    throw thrown instanceof Refusal ? thrown : new Refusal(sentence('url, function', { function: name }), true)
  }
}

/** Where the links of a session connect to. */
export class Addresses {
  #url: string | (() => unknown)
  #ticket: Ticket | undefined
  #use: Use
  /** For each link whose address is not known yet. */
  #asked = new Map<number, AbortController>()

  constructor(url: Url, ticket: Ticket | undefined, use: Use) {
    this.#url = typeof url === 'function' ? url : addressOf(url)
    this.#ticket = ticket
    this.#use = use
  }

  /** The address of a link; undefined if the driver is told later. */
  open = (link: number): string | undefined => {
    if (typeof this.#url === 'string' && !this.#ticket) return this.#url
    const controller = new AbortController()
    this.#asked.set(link, controller)
    this.#ask(controller.signal).then(
      (address) => this.#use((driver) => driver.open(link, address)),
      (refusal: Refusal) => this.#use((driver) => driver.refuse(link, refusal)),
    )
  }

  /** Nobody waits for the address of a link any more. */
  giveUp = (link: number): void => {
    this.#asked.get(link)?.abort()
    this.#asked.delete(link)
  }

  giveUpAll(): void {
    for (const link of this.#asked.keys()) this.giveUp(link)
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const url = this.#url
    const address = typeof url === 'string' ? url : await given('the function that makes it', url, addressOf)
    const ticket = this.#ticket
    if (!ticket || signal.aborted) return address
    const { headers } = ticket
    const asked = typeof headers === 'function' ? await given('the function of ticket.headers', headers, headersOf) : headers
    return signal.aborted ? address : fetchTicket(ticket, asked, address, signal)
  }
}

export function headersOf(value: unknown): Headers {
  return new Headers(value as HeadersInit)
}
