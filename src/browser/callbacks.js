/** Calls a user's function. What it throws is reported as any uncaught error of the page. */
export function call(callback, value, more) {
  try {
    callback(value, more)
  } catch (thrown) {
    report(thrown)
  }
}

export function report(thrown) {
  if (typeof reportError === 'function') reportError(thrown)
  // Node has no reportError: an unhandled rejection is what such a place reports.
  else void Promise.reject(thrown)
}
