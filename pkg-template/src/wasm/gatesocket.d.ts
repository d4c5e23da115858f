/* tslint:disable */
/* eslint-disable */

/**
 * A session with an API Gateway WebSocket API.
 *
 * ```js
 * const socket = new GateSocket('wss://…/production/', {
 *   onConnectionId: (id) => …, onMessage: (value) => …, onError: (error) => …,
 * })
 * const connectionId = await socket.ready()
 * await socket.send({ action: 'hello' })
 * socket.close()
 * ```
 *
 * Options, all optional: `connectTimeout` (milliseconds, 10,000), `identify: {action, timeout,
 * attempts}` (`'GET_CONNECTION_ID'`, 5,000 milliseconds each, 3), `protocols` (a string or a list),
 * and the callbacks `onConnectionId(id, {connectionId, answer})`, `onMessage(value)`,
 * `onStatus(status)`, `onGatewayFrame(frame)`, `onError(error)`, `onClose({code, reason, wasClean})`.
 * `onStatus('connecting')` is called before the constructor returns.
 *
 * The session lives until `close()` or a failure ends it, whether or not this object is kept; `free`
 * gives back the object's memory and leaves the session as it is.
 */
export class GateSocket {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Ends the session: code 1000 (the default) or 3000 to 4999, a reason of at most 123 bytes.
     */
    close(code?: number | null, reason?: string | null): void;
    /**
     * Begins to connect. Throws for a URL or an option that can't be used.
     */
    constructor(url: string | URL, options: object | undefined);
    /**
     * A promise of the connectionId; rejects when the session ends before it has one.
     */
    ready(): Promise<string>;
    /**
     * Sends a value as JSON. Resolves when it was handed to the browser on a ready connection.
     */
    send(value: any): Promise<void>;
    /**
     * The connectionId while the session is ready, else `undefined`.
     */
    readonly connectionId: string | undefined;
    /**
     * The subprotocol that the server chose, empty if none.
     */
    readonly protocol: string;
    /**
     * `'connecting'`, `'identifying'`, `'ready'` or `'closed'`.
     */
    readonly status: string;
}

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_gatesocket_free: (a: number, b: number) => void;
    readonly gatesocket_close: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly gatesocket_connectionId: (a: number) => [number, number];
    readonly gatesocket_new: (a: any, b: any) => [number, number, number];
    readonly gatesocket_protocol: (a: number) => [number, number];
    readonly gatesocket_ready: (a: number) => any;
    readonly gatesocket_send: (a: number, b: any) => any;
    readonly gatesocket_status: (a: number) => [number, number];
    readonly wasm_bindgen__convert__closures_____invoke__h212d6de2a01f735b: (a: number, b: number, c: any, d: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__h0553ab52b9f28374: (a: number, b: number, c: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__he287fcb1d6a50599: (a: number, b: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_destroy_closure: (a: number, b: number) => void;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
