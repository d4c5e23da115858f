// How long a service may keep silent. A connection that died while the function was frozen never answers, and without this
// bound whoever asks on it waits until the function is ended.

/** Options of a client's `requestHandler`. What exceeds them fails as the network does, and is tried again like that. */
export const bounded = {
  /**
   * Milliseconds without an answer, from when there is a connection. Not `requestTimeout` or `connectionTimeout`, which count
   * the wait for a free one too: behind many other requests that is long without anything being wrong.
   */
  socketTimeout: 5_000,
}
