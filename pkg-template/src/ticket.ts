import { Refusal } from './error.js'
import { sentence } from './sentences.js'

/** The longest URL that API Gateway takes, in characters. Source: AWS, "Amazon API Gateway quotas". */
const LONGEST = 4096

/** The option `ticket`, checked. */
export interface Ticket {
  /** Absolute. */
  endpoint: string
  method?: string | undefined
  headers: Headers | (() => unknown)
  credentials?: RequestCredentials | undefined
  parameter?: string | undefined
  field?: string | undefined
}

/**
 * The address with a ticket in its query; what was there stays as it was written.
 *
 * Browsers send no header of the page's with a WebSocket, so an authorizer of `$connect` looks for its token in the
 * query. A ticket keeps the long-lived token out of there: URLs are written to logs.
 */
export async function fetchTicket(
  { endpoint, method = 'POST', credentials = 'same-origin', parameter = 'ticket', field = 'ticket' }: Ticket,
  headers: Headers,
  address: string,
  signal: AbortSignal,
): Promise<string> {
  let response, body
  try {
    // Pages put functions of their own in its place, which may do and return anything.
    response = await fetch(endpoint, { method, headers, credentials, cache: 'no-store', signal })
    body = response instanceof Response && (await response.text())
  } catch {}
  if (typeof body !== 'string') throw refusal('unreachable', true)
  const { status, ok } = response!
  if (!ok) {
    // Request Timeout, Too Early, Too Many Requests (RFC 9110, 8470, 6585), and faults of the server.
    const transient = [408, 425, 429].includes(status) || status >= 500
    throw refusal('refused', transient, status, { status, ends: transient ? '' : sentence('ticket, ends') })
  }
  let value: unknown = body.trim()
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json === 'string' || typeof json === 'object') value = json
  } catch {}
  const isObject = typeof value === 'object'
  // `null` is an object too.
  const ticket = isObject ? (value as { [field: string]: unknown } | null)?.[field] : value
  try {
    if (typeof ticket === 'string' && ticket.length < LONGEST && /^[^\t\n\f\r ]+$/.test(ticket)) {
      return `${address}${address.includes('?') ? '&' : '?'}${encodeURIComponent(parameter)}=${encodeURIComponent(ticket)}`
    }
  } catch {
    // Half a surrogate pair.
  }
  // An object of another form comes again; a page of a proxy, or of a server in maintenance, passes.
  throw refusal(isObject ? 'field' : 'text', !isObject, 200, { field })
}

function refusal(name: string, transient: boolean, status?: number, facts?: object): Refusal {
  return new Refusal(sentence(`ticket, ${name}`, facts), transient, status)
}
