// AWS, "Quotas for configuring and running a WebSocket API in API Gateway", in milliseconds and bytes.
export const IDLE = 10 * 60_000
export const LIFETIME = 2 * 60 * 60_000
export const INTEGRATION = 29_000
export const FRAME = 32_768
export const MESSAGE = 131_072

/** How long browsers wait for the answer to a close frame, in milliseconds: Firefox's `network.websocket.timeout.close`. */
export const CLOSING = 10_000
