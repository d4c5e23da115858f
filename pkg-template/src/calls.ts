// What the methods of the core do, in the order in which `src/npm.rs` counts it.

/** Of `ask`, which calls one of two functions in the end. */
export const enum Ask {
  Ready,
  Send,
  /** A string is the message as it is, and not a value to be written as JSON. */
  SendRaw,
  Request,
  Join,
}

/** Of `tell`, which does something at once. */
export const enum Tell {
  Open,
  Refuse,
  Abort,
  Leave,
  Close,
  FollowTrace,
}

/** Of `read`. */
export const enum Read {
  Status,
  RetryIn,
  ConnectionId,
  Protocol,
  Stats,
  Trace,
}
