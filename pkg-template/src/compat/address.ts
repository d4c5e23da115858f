import type { Options, QueryParams } from '../../types/compat/react-use-websocket.js'
import { call } from './call.js'
import { attemptAfter, stopped } from './attempts.js'

/** What the hook takes as `url`, when it is not null. */
export type Source = string | (() => string | Promise<string>)

/**
 * The URL of the next connection; null where the function that makes it failed and is not to be asked again. A function
 * is asked for every connection, so that a token in it is always fresh.
 *
 * @param isWanted asked after each wait
 */
export async function addressOf(source: Source, options: () => Options, isWanted: () => boolean): Promise<string | null> {
  let url: string | undefined
  for (let failures = 0; url === undefined; failures++) {
    try {
      url = typeof source === 'function' ? await source() : source
    } catch {
      // What was thrown is the user's own, and may hold a token.
      if (!options().retryOnError) return null
      const wait = attemptAfter(options(), failures)
      if (wait === null) {
        call(options().onReconnectStop, failures)
        stopped(failures)
        return null
      }
      await new Promise((resolve) => setTimeout(resolve, wait))
      if (!isWanted()) return null
    }
  }
  return withParameters(whole(url), options().queryParams)
}

/** As a browser reads a `WebSocket`'s URL: relative to the page, and with http for ws. */
function whole(url: string): string {
  if (typeof location === 'undefined' || /^wss?:/i.test(url)) return url
  try {
    const { href } = new URL(url, location.href)
    return href.replace(/^http/, 'ws')
  } catch {
    return url // The session refuses it, with a sentence.
  }
}

function withParameters(url: string, parameters: QueryParams | null | undefined): string {
  if (!parameters) return url
  const text = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  return url + (url.includes('?') ? '&' : '?') + text.join('&')
}
