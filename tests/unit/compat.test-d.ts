// Code that was written for react-use-websocket compiles with one changed import; `samples.test.ts` runs the compiler.
import { expectTypeOf } from 'expect-type'
import type { GateSocket } from 'gatesocket'
import useWebSocket, {
  ReadyState,
  resetGlobalState,
  useEventSource,
  useSocketIO,
  useWebSocket as named,
  type HeartbeatOptions,
  type Options,
  type SendJsonMessage,
  type SendMessage,
  type WebSocketHook,
  type WebSocketLike,
} from 'gatesocket/compat/react-use-websocket'
import type * as original from 'react-use-websocket/dist/lib/types'
import type { ReadyState as OriginalReadyState } from 'react-use-websocket'

interface Message {
  kind: 'chat'
  text: string
}

export function Component({ url, room }: { url: string | null; room: number }) {
  const { sendMessage, sendJsonMessage, lastMessage, lastJsonMessage, readyState, getWebSocket } = useWebSocket<Message>(
    url,
    {
      share: true,
      queryParams: { room, version: '2' },
      protocols: ['a', 'b'],
      onOpen: (event) => expectTypeOf(event).toEqualTypeOf<Event>(),
      onClose: (event) => expectTypeOf(event.code).toBeNumber(),
      onMessage: (event) => expectTypeOf(event).toEqualTypeOf<MessageEvent<any>>(),
      onError: (event) => expectTypeOf(event).toEqualTypeOf<Event>(),
      onReconnectStop: (attempts) => expectTypeOf(attempts).toBeNumber(),
      shouldReconnect: (event) => event.code !== 4000,
      reconnectInterval: (attempt) => Math.min(2 ** attempt * 1000, 10_000),
      reconnectAttempts: 10,
      retryOnError: true,
      filter: ({ data }) => data !== 'pong',
      heartbeat: { message: 'ping', returnMessage: 'pong', timeout: 60_000, interval: 25_000 },
      disableJson: false,
      skipAssert: true,
    },
    Boolean(url),
  )
  expectTypeOf(lastJsonMessage).toEqualTypeOf<Message>()
  expectTypeOf(lastMessage).toEqualTypeOf<MessageEvent<any> | null>()
  expectTypeOf(readyState).toEqualTypeOf<ReadyState>()
  expectTypeOf(getWebSocket()).toEqualTypeOf<WebSocketLike | null>()
  sendMessage('text')
  sendMessage(new Uint8Array(), false)
  sendMessage(new Blob(), true)
  sendJsonMessage({ kind: 'chat', text: 'hi' })
  sendJsonMessage<Message>({ kind: 'chat', text: 'hi' }, false)
  const names = { [ReadyState.CONNECTING]: 'connecting', [ReadyState.OPEN]: 'open', [ReadyState.UNINSTANTIATED]: 'none' }
  return names[readyState as ReadyState.OPEN]
}

expectTypeOf(named).toEqualTypeOf(useWebSocket)
expectTypeOf(useWebSocket(() => Promise.resolve('ws://localhost/')).lastJsonMessage).toBeUnknown()
resetGlobalState()
resetGlobalState('ws://localhost/')
expectTypeOf<ReadyState.OPEN>().toMatchTypeOf<1>()
expectTypeOf<`${OriginalReadyState}`>().toEqualTypeOf<`${ReadyState}`>()

// The types go both ways with the original's, but for what is left out.
expectTypeOf<SendMessage>().toEqualTypeOf<original.SendMessage>()
expectTypeOf<SendJsonMessage>().toEqualTypeOf<original.SendJsonMessage>()
expectTypeOf<HeartbeatOptions>().toEqualTypeOf<original.HeartbeatOptions>()
type LeftOut = 'fromSocketIO' | 'eventSourceOptions'
expectTypeOf<Omit<original.Options, LeftOut>>().toEqualTypeOf<Omit<Options, LeftOut | 'gatesocket'>>()
expectTypeOf<keyof original.Options>().toMatchTypeOf<keyof Options>()
expectTypeOf<keyof WebSocketHook>().toEqualTypeOf<keyof original.WebSocketHook>()

useWebSocket('ws://localhost/', { gatesocket: { profile: 'api-gateway', onConnectionId: (id) => id.length } })
// @ts-expect-error what the hook says itself is not said below
useWebSocket('ws://localhost/', { gatesocket: { reconnect: false } })
// @ts-expect-error no such option
useWebSocket('ws://localhost/', { shouldReconect: () => true })
// @ts-expect-error Socket.IO is left out
useWebSocket('ws://localhost/', { fromSocketIO: true })
expectTypeOf(useSocketIO).returns.toBeNever()
expectTypeOf(useEventSource).returns.toBeNever()

// A session that sends objects sends texts as they are too, and only where that is said.
declare const socket: GateSocket<Message, Message>
void socket.send('text', { raw: true })
// @ts-expect-error a text is no message of this session
void socket.send('text')
// @ts-expect-error an object is no text
void socket.send({ kind: 'chat', text: 'hi' }, { raw: true })
