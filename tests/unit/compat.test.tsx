// Behaviours of react-use-websocket that its users rely on: each test runs with the original and with
// gatesocket/compat/react-use-websocket.
import { act, cleanup, render, renderHook } from '@testing-library/react'
import { StrictMode, useEffect, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as ours from 'gatesocket/compat/react-use-websocket'
import * as original from 'react-use-websocket'
import { startTextServer } from '../page/text-server.mjs'
import { passes, until } from './session'

type Options = ours.Options
type Events = 'onOpen' | 'onClose' | 'onMessage' | 'onError'

let server: Awaited<ReturnType<typeof startTextServer>>
const shown: ReturnType<typeof vi.spyOn>[] = []

beforeEach(async () => {
  for (const name of ['error', 'warn'] as const) shown.push(vi.spyOn(console, name).mockImplementation(() => {}))
  server = await startTextServer()
})

afterEach(async () => {
  cleanup()
  await until(() => server.open().length === 0, 'every connection was closed')
  server.stop()
  for (const spy of shown.splice(0)) spy.mockRestore()
})

const settled = (time = 60) => act(() => passes(time))

describe.each([
  ['react-use-websocket', original as unknown as typeof ours],
  ['gatesocket', ours],
])('%s', (_, { default: useWebSocket, ReadyState, resetGlobalState }) => {
  /** The hook in a component, and what it returned last. */
  function use(options: Options = {}, url: Parameters<typeof useWebSocket>[0] = server.address, connect = true) {
    return renderHook(
      (given: { options: Options; url: typeof url; connect: boolean }) =>
        useWebSocket<any>(given.url, given.options, given.connect),
      { initialProps: { options, url, connect } },
    )
  }
  /** The hook, connected. */
  async function open(options: Options = {}, url: Parameters<typeof use>[1] = server.address) {
    const hook = use(options, url)
    await until(() => hook.result.current.readyState === ReadyState.OPEN, 'it was open')
    return hook
  }
  const received = () => server.connections.flatMap(({ received }) => received)

  test('readyState goes from CONNECTING to OPEN to CLOSED, with no message yet', async () => {
    const { result } = use()
    expect(result.current).toMatchObject({ readyState: ReadyState.CONNECTING, lastMessage: null, lastJsonMessage: null })
    expect(result.current.getWebSocket()).toBeNull()
    await until(() => result.current.readyState === ReadyState.OPEN)
    server.close()
    await until(() => result.current.readyState === ReadyState.CLOSED)
    await settled()
    expect(server.connections).toHaveLength(1)
  })

  test('without a url, or while connect is false, it is UNINSTANTIATED', async () => {
    expect(use({}, null).result.current.readyState).toBe(ReadyState.UNINSTANTIATED)
    expect(use({}, server.address, false).result.current.readyState).toBe(ReadyState.UNINSTANTIATED)
    await settled()
    expect(server.connections).toHaveLength(0)
  })

  test('connect opens and closes the connection, and lastMessage goes with it', async () => {
    const { result, rerender } = use({}, server.address, false)
    rerender({ options: {}, url: server.address, connect: true })
    expect(result.current.readyState).toBe(ReadyState.CONNECTING)
    await until(() => result.current.readyState === ReadyState.OPEN)
    server.send('"one"')
    await until(() => result.current.lastJsonMessage === 'one')
    rerender({ options: {}, url: server.address, connect: false })
    await until(() => server.open().length === 0)
    expect(result.current).toMatchObject({ readyState: ReadyState.CLOSED, lastMessage: null })
    rerender({ options: {}, url: server.address, connect: true })
    await until(() => server.connections.length === 2 && result.current.readyState === ReadyState.OPEN)
  })

  test('another url closes one connection and opens the other', async () => {
    const { result, rerender } = await open()
    server.send('old')
    await until(() => result.current.lastMessage?.data === 'old')
    rerender({ options: {}, url: `${server.address}other`, connect: true })
    await until(() => server.connections.length === 2 && result.current.readyState === ReadyState.OPEN)
    expect(result.current.lastMessage).toBeNull()
    await until(() => server.connections[0]!.closed !== null)
    expect(server.connections.map(({ url }) => url)).toEqual(['/', '/other'])
  })

  test('lastMessage is the event, and lastJsonMessage what its text says', async () => {
    const { result, rerender } = await open()
    for (const value of [{ a: [1] }, [1, 2], 'text', 7, true]) {
      server.send(JSON.stringify(value))
      await until(() => JSON.stringify(result.current.lastJsonMessage) === JSON.stringify(value))
      expect(result.current.lastMessage).toBeInstanceOf(MessageEvent)
      expect(result.current.lastMessage?.data).toBe(JSON.stringify(value))
    }
    server.send('null')
    await until(() => result.current.lastMessage?.data === 'null')
    expect(result.current.lastJsonMessage).toBeNull()
    server.send('{ "spaced" :  1.50 }')
    await until(() => result.current.lastMessage?.data === '{ "spaced" :  1.50 }')
    const before = result.current.lastJsonMessage
    rerender({ options: {}, url: server.address, connect: true })
    expect(result.current.lastJsonMessage).toBe(before)
    server.send('no JSON')
    await until(() => result.current.lastMessage?.data === 'no JSON')
    expect(result.current.lastJsonMessage).toEqual({})
  })

  test('disableJson leaves lastJsonMessage null', async () => {
    const { result } = await open({ disableJson: true })
    server.send('{}')
    await until(() => result.current.lastMessage?.data === '{}')
    expect(result.current.lastJsonMessage).toBeNull()
  })

  test('bytes come as a Blob, or as the binaryType that getWebSocket() was given says', async () => {
    const { result } = await open()
    server.open()[0]!.socket.send(new Uint8Array([1, 2, 3]))
    await until(() => result.current.lastMessage)
    expect(result.current.lastMessage?.data).toBeInstanceOf(Blob)
    expect(result.current.lastJsonMessage).toEqual({})
    result.current.getWebSocket()!.binaryType = 'arraybuffer'
    server.open()[0]!.socket.send(new Uint8Array([1, 2, 3]))
    await until(() => result.current.lastMessage?.data.byteLength === 3)
  })

  test('an effect on lastMessage sees every message of a burst, in order, and so does one on lastJsonMessage', async () => {
    const seen: string[] = []
    const seenJson: number[] = []
    function Reader() {
      const { lastMessage, lastJsonMessage } = useWebSocket<number>(server.address)
      useEffect(() => {
        if (lastMessage) seen.push(lastMessage.data)
      }, [lastMessage])
      useEffect(() => {
        if (lastJsonMessage !== null) seenJson.push(lastJsonMessage)
      }, [lastJsonMessage])
      return null
    }
    const texts = Array.from({ length: 300 }, (_, index) => String(index))
    server.greet = ({ socket }) => texts.forEach((text) => socket.send(text))
    render(<Reader />)
    await until(() => seen.length === 300)
    expect(seen).toEqual(texts)
    expect(seenJson).toEqual(texts.map(Number))
  })

  test('sendMessage sends a text as it is, and sendJsonMessage JSON', async () => {
    const { result } = await open()
    result.current.sendMessage('hello { ')
    result.current.sendJsonMessage({ a: 1 })
    result.current.sendMessage(new Uint8Array([104, 105]))
    await until(() => received().length === 3)
    expect(received()).toEqual(['hello { ', '{"a":1}', 'hi'])
  })

  test('what is sent too early waits, in order, unless keep is false', async () => {
    const { result } = use({ onOpen: () => result.current.sendMessage('in onOpen') })
    result.current.sendMessage('one')
    result.current.sendMessage('never', false)
    result.current.sendJsonMessage('never', false)
    result.current.sendJsonMessage('two')
    await until(() => received().length === 3)
    // A message of authentication sent in onOpen goes before all that waits.
    expect(received()).toEqual(['in onOpen', 'one', '"two"'])
  })

  test('what is sent while there is no url waits for one', async () => {
    const { result, rerender } = use({}, null)
    result.current.sendMessage('early')
    rerender({ options: {}, url: server.address, connect: true })
    await until(() => received().length === 1)
    expect(received()).toEqual(['early'])
  })

  test('what is sent between two connections goes to the second', async () => {
    const { result } = await open({ shouldReconnect: () => true, reconnectInterval: 100 })
    server.cut()
    await until(() => result.current.readyState === ReadyState.CLOSED)
    result.current.sendMessage('one')
    result.current.sendMessage('two')
    result.current.sendMessage('never', false)
    await until(() => server.connections[1]?.received.length === 2)
    expect(server.connections[1]!.received).toEqual(['one', 'two'])
  })

  test('the functions are the same in every render', async () => {
    const { result, rerender } = await open()
    const { sendMessage, sendJsonMessage, getWebSocket } = result.current
    rerender({ options: { share: false }, url: server.address, connect: true })
    expect(result.current).toMatchObject({ sendMessage, sendJsonMessage, getWebSocket })
  })

  test('callbacks get the browser’s events, and are the latest ones', async () => {
    const told: string[] = []
    const listeners = (name: string) =>
      Object.fromEntries(
        (['onOpen', 'onClose', 'onMessage', 'onError'] as Events[]).map((event) => [
          event,
          (given: Event) => told.push(`${name} ${event} ${given.constructor.name} ${given.type}`),
        ]),
      )
    const { result, rerender } = use(listeners('first'))
    await until(() => result.current.readyState === ReadyState.OPEN)
    rerender({ options: listeners('second'), url: server.address, connect: true })
    server.send('x')
    await until(() => result.current.lastMessage)
    server.close(1001)
    await until(() => result.current.readyState === ReadyState.CLOSED)
    expect(told).toEqual(['first onOpen Event open', 'second onMessage MessageEvent message', 'second onClose CloseEvent close'])
  })

  test('a connection that can not be had is an error event and a close event', async () => {
    const gone = server.address
    server.stop()
    const told: string[] = []
    const tell = (event: Event) => told.push(event.type)
    const { result } = use({ onError: tell, onClose: tell }, gone)
    await until(() => result.current.readyState === ReadyState.CLOSED)
    expect(told).toEqual(['error', 'close'])
  })

  test('onClose is called after the component has gone', async () => {
    const onClose = vi.fn()
    const { unmount } = await open({ onClose })
    unmount()
    await until(() => onClose.mock.calls.length === 1)
    await settled()
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  test('filter decides what becomes lastMessage, and onMessage hears all', async () => {
    const all: string[] = []
    const { result } = await open({ filter: ({ data }) => data !== 'no', onMessage: ({ data }) => all.push(data) })
    server.send('yes', 'no')
    await until(() => all.length === 2)
    await settled()
    expect(result.current.lastMessage?.data).toBe('yes')
    expect(all).toEqual(['yes', 'no'])
  })

  test('share: components with one url have one connection, which goes with the last of them', async () => {
    const hooks = await Promise.all([1, 2, 3].map(() => open({ share: true })))
    expect(server.connections).toHaveLength(1)
    server.send('{"to":"all"}')
    for (const { result } of hooks) await until(() => result.current.lastMessage?.data === '{"to":"all"}')
    const [first, second, third] = hooks as [(typeof hooks)[0], (typeof hooks)[0], (typeof hooks)[0]]
    second.result.current.sendMessage('from the second')
    await until(() => received().length === 1)
    first.unmount()
    second.unmount()
    await settled()
    expect(server.open()).toHaveLength(1)
    third.unmount()
    await until(() => server.open().length === 0)
  })

  test('without share each component has its own connection', async () => {
    await Promise.all([1, 2, 3].map(() => open()))
    expect(server.open()).toHaveLength(3)
  })

  test('a component that comes later shares the open connection, and sends what it had kept', async () => {
    await open({ share: true })
    const { result } = use({ share: true })
    result.current.sendMessage('kept')
    await until(() => result.current.readyState === ReadyState.OPEN)
    await until(() => received().length === 1)
    expect(server.connections).toHaveLength(1)
  })

  test('resetGlobalState: who comes now has another connection', async () => {
    await open({ share: true })
    resetGlobalState(server.address)
    await open({ share: true })
    expect(server.open()).toHaveLength(2)
    resetGlobalState()
    await open({ share: true })
    expect(server.open()).toHaveLength(3)
    // The original would leave the connections open of which it has forgotten.
    server.cut()
  })

  test('getWebSocket is the browser’s WebSocket, and closing it is as any close', async () => {
    const { result } = await open({ shouldReconnect: () => true, reconnectInterval: 20 })
    const socket = result.current.getWebSocket()!
    expect(socket).toBeInstanceOf(WebSocket)
    expect(socket).toMatchObject({ url: server.address, readyState: 1 })
    socket.close(4000, 'enough')
    await until(() => server.connections.length === 2 && result.current.readyState === ReadyState.OPEN)
    expect(server.connections[0]!.closed).toBe(4000)
    expect(result.current.getWebSocket()).not.toBe(socket)
  })

  test('getWebSocket of a shared connection can be read, and not be closed or sent with', async () => {
    const { result } = await open({ share: true })
    const socket = result.current.getWebSocket()!
    expect(socket.url).toBe(server.address)
    socket.close()
    socket.send('no')
    socket.binaryType = 'arraybuffer'
    expect(socket.binaryType).toBe('arraybuffer')
    expect(result.current.getWebSocket()).toBe(socket)
    await settled()
    expect(result.current.readyState).toBe(ReadyState.OPEN)
    expect(received()).toEqual([])
  })

  test('nothing follows a close unless shouldReconnect says so, which is asked with the event', async () => {
    const shouldReconnect = vi.fn((event: CloseEvent) => event.code !== 4001)
    const { result } = await open({ shouldReconnect, reconnectInterval: 10 })
    server.close(4000)
    await until(() => server.connections.length === 2 && result.current.readyState === ReadyState.OPEN)
    server.close(4001)
    await until(() => result.current.readyState === ReadyState.CLOSED)
    await settled()
    expect(server.connections).toHaveLength(2)
    expect(shouldReconnect.mock.calls.map(([event]) => [event.constructor.name, event.code])).toEqual([
      ['CloseEvent', 4000],
      ['CloseEvent', 4001],
    ])
  })

  test('reconnectInterval is asked for each attempt, and after the last of them onReconnectStop is called', async () => {
    const gone = server.address
    server.stop()
    const reconnectInterval = vi.fn((attempt: number) => 5 + attempt)
    const onReconnectStop = vi.fn()
    const { result } = use(
      { shouldReconnect: () => true, reconnectInterval, reconnectAttempts: 3, onReconnectStop },
      gone,
    )
    await until(() => onReconnectStop.mock.calls.length > 0)
    await settled()
    expect(reconnectInterval.mock.calls).toEqual([[0], [1], [2]])
    expect(onReconnectStop.mock.calls).toEqual([[3]])
    expect(result.current.readyState).toBe(ReadyState.CLOSED)
  })

  test('attempts are counted anew once a connection was open', async () => {
    const reconnectInterval = vi.fn((_: number) => 5)
    const { result } = await open({ shouldReconnect: () => true, reconnectInterval, reconnectAttempts: 1 })
    for (const count of [2, 3, 4]) {
      server.close()
      await until(() => server.connections.length === count && result.current.readyState === ReadyState.OPEN)
    }
    expect(reconnectInterval.mock.calls).toEqual([[0], [0], [0]])
  })

  test('retryOnError tries again after an error event', async () => {
    const gone = server.address
    server.stop()
    const onError = vi.fn()
    const onReconnectStop = vi.fn()
    use({ retryOnError: true, reconnectInterval: 10, reconnectAttempts: 2, onError, onReconnectStop }, gone)
    await until(() => onReconnectStop.mock.calls.length > 0)
    expect(onError).toHaveBeenCalledTimes(3)
  })

  test('retryOnError and shouldReconnect together make one attempt', async () => {
    const gone = server.address
    server.stop()
    const onError = vi.fn()
    const onReconnectStop = vi.fn()
    const both = { retryOnError: true, shouldReconnect: () => true }
    use({ ...both, reconnectInterval: 10, reconnectAttempts: 1, onError, onReconnectStop }, gone)
    await until(() => onReconnectStop.mock.calls.length > 0)
    await settled()
    expect(onError).toHaveBeenCalledTimes(2)
  })

  test('a component that goes while the next attempt is waited for takes it along', async () => {
    const { result, unmount } = await open({ shouldReconnect: () => true, reconnectInterval: 300 })
    server.close()
    await until(() => result.current.readyState === ReadyState.CLOSED)
    unmount()
    await settled(400)
    expect(server.connections).toHaveLength(1)
  })

  test('a function as url is asked for every connection', async () => {
    let asked = 0
    const url = () => Promise.resolve(`${server.address}?ticket=${++asked}`)
    const { result } = await open({ shouldReconnect: () => true, reconnectInterval: 10 }, url)
    server.close()
    await until(() => server.connections.length === 2 && result.current.readyState === ReadyState.OPEN)
    expect(server.connections.map(({ url }) => url)).toEqual(['/?ticket=1', '/?ticket=2'])
    await open({}, () => server.address)
  })

  test('a url function that fails is asked again with retryOnError only, and stops after reconnectAttempts', async () => {
    const failing = () => vi.fn(() => Promise.reject(new Error('no ticket')))
    const once = failing()
    const { result } = use({ reconnectInterval: 5 }, once)
    await until(() => result.current.readyState === ReadyState.CLOSED)
    expect(once).toHaveBeenCalledTimes(1)

    const thrice = failing()
    const onReconnectStop = vi.fn()
    const second = use({ retryOnError: true, reconnectInterval: 5, reconnectAttempts: 2, onReconnectStop }, thrice)
    expect(second.result.current.readyState).toBe(ReadyState.CONNECTING)
    await until(() => second.result.current.readyState === ReadyState.CLOSED)
    expect(thrice).toHaveBeenCalledTimes(3)
    expect(onReconnectStop.mock.calls).toEqual([[2]])

    let failures = 2
    const third = use({ retryOnError: true, reconnectInterval: 5 }, () =>
      failures-- > 0 ? Promise.reject(new Error('no ticket')) : Promise.resolve(server.address),
    )
    await until(() => third.result.current.readyState === ReadyState.OPEN)
  })

  test('queryParams go into the query, and others make another connection', async () => {
    const url = `${server.address}?a=1`
    const { rerender } = await open({ queryParams: { type: 'user', id: 5 } }, url)
    expect(server.connections[0]!.url).toBe('/?a=1&type=user&id=5')
    rerender({ options: { queryParams: { type: 'user', id: 5 } }, url, connect: true })
    rerender({ options: { queryParams: { id: 6 } }, url, connect: true })
    await until(() => server.connections.length === 2)
    await open({ queryParams: { b: 2 } })
    expect(server.connections.map(({ url }) => url).slice(1)).toEqual(['/?a=1&id=6', '/?b=2'])
  })

  test('protocols are offered, those of the latest render for each connection', async () => {
    const options = { shouldReconnect: () => true, reconnectInterval: 10 }
    const { result, rerender } = await open({ ...options, protocols: ['first', 'other'] })
    expect(result.current.getWebSocket()?.protocol).toBe('first')
    rerender({ options: { ...options, protocols: 'second' }, url: server.address, connect: true })
    await settled()
    expect(server.connections).toHaveLength(1)
    server.close()
    await until(() => server.connections.length === 2)
    expect(server.connections[1]!.protocol).toBe('second')
  })

  test.each([false, true])('a heartbeat is sent while nothing arrives, and its answer is no lastMessage (share: %s)', async (share) => {
    const heartbeat = { message: () => 'ping', returnMessage: 'pong', timeout: 60_000, interval: 100 }
    server.answer = (_, { socket }) => socket.send('pong')
    const all: string[] = []
    const { result } = await open({ share, heartbeat, onMessage: ({ data }) => all.push(data) })
    await until(() => received().length >= 2)
    expect(new Set(received())).toEqual(new Set(['ping']))
    await until(() => all.length >= 2)
    expect(result.current.lastMessage).toBeNull()
    server.send('hello')
    await until(() => result.current.lastMessage?.data === 'hello')
  })

  test.each([false, true])('a heartbeat that nothing answers ends the connection, and answers keep it (share: %s)', async (share) => {
    const heartbeat = { timeout: 1000, interval: 200 }
    const { result } = await open({ share, heartbeat })
    await until(() => result.current.readyState === ReadyState.CLOSED)
    expect(new Set(received())).toEqual(new Set(['ping']))

    server.answer = (_, { socket }) => socket.send('anything')
    const kept = await open({ share, heartbeat })
    await settled(2000)
    expect(kept.result.current.readyState).toBe(ReadyState.OPEN)
  })

  test('StrictMode has one connection', async () => {
    const wrapper = ({ children }: { children: ReactNode }) => <StrictMode>{children}</StrictMode>
    const { result } = renderHook(() => useWebSocket(server.address), { wrapper })
    await until(() => result.current.readyState === ReadyState.OPEN)
    server.send('x')
    await until(() => result.current.lastMessage?.data === 'x')
    expect(server.connections).toHaveLength(1)
  })

  test('on a server it renders as one that connects, and opens nothing', async () => {
    const Page = () => <p>{useWebSocket(server.address).readyState}</p>
    expect(renderToString(<Page />)).toBe('<p>0</p>')
    await settled()
    expect(server.connections).toHaveLength(0)
  })
})
