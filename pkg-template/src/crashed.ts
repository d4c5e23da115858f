import { Status } from './core.js'
import type { Driver } from './driver.js'
import type { GateSocketError } from './error.js'

/** Stands in for the driver of a session whose core has crashed: it has ended, and what it counted is lost. */
export function crashed(crash: GateSocketError): Driver {
  const fails = () => {
    throw crash
  }
  const nothing = () => {}
  return {
    refused: crash,
    status: Status.Closed,
    retryIn: null,
    connectionId: undefined,
    protocol: '',
    stats: fails,
    trace: () => [],
    // Within a promise, which rejects.
    ready: fails,
    send: fails,
    request: fails,
    join: fails,
    follow: nothing,
    abort: nothing,
    leave: nothing,
    close: nothing,
    open: nothing,
    refuse: nothing,
  } satisfies { [Name in keyof Driver]: unknown } as unknown as Driver
}
