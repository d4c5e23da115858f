// The core as `src/npm.rs` makes it: functions of numbers, and a row of numbers and texts that it writes.

/** What the wasm exports. A session is a number. What is not given is 0, `true` is 1. */
export interface Wasm {
  memory: WebAssembly.Memory
  /** Missing in what is no core at all. */
  version?(): number
  start(seed: number, ...settings: unknown[]): number
  free(session: number): void
  /** Where the UTF-8 of a text goes that the next `handle` takes; of several the last one is taken first. */
  room(session: number, size: number): number
  takes(session: number, now: number, link: number, length: number): number
  handle(session: number, now: number, what: Input, ...given: unknown[]): void
  read(session: number, what: Read, about: number): number
}

/** What a session can be told, beside the events of `links.js` and `page.js`, which are 0 to 18. */
export const enum Input {
  NoConnectionId,
  NotRead,
  /** Whether its `connectionId` is a text is bit 0 of the third number, whether its `message` is one bit 1, whether it names a request bit 2. */
  Fields,
  NotAnObject,
  NotJson,
  Binary,
  Opened,
  Closed,
  ClosedCleanly,
  Drained,
  Tick,
  Answer = 19,
  Connect,
  Refused,
  NotTaken,
  Reconnect,
  Send,
  Request,
  Abort,
  Join,
  Leave,
  Close,
}

/** Why there is no link. */
export const enum Refused {
  Url,
  Options,
  Unsupported,
}

/** What a session decides: `Output` in `src/core/output.rs`, as `decided` in `src/npm.rs` counts it. */
export const enum Output {
  OpenLink,
  Identify,
  Transmit,
  Confirm,
  Reject,
  Answer,
  Deliver,
  ConnectionId,
  Status,
  Failed,
  Closed,
  AskReconnect,
  CloseLink,
  DropLink,
  JoinRoom,
  Joined,
  JoinFailed,
  LeaveRoom,
  Took,
}

/** What can be read of a session. */
export const enum Read {
  Status,
  RetryAt,
  Deadline,
  Link,
  AwaitsAnswer,
  AwaitsConnectionId,
  KnowsRoom,
  IsDone,
  /** Of the session, or of a link. */
  ConnectionId,
  End,
  Stats,
  /** The entries after a number. */
  Trace,
}

/** In the order of `Status` in `src/core/status.rs`. */
export const enum Status {
  Idle,
  Connecting,
  Identifying,
  Ready,
  Waiting,
  Offline,
  Closed,
}
