// Faults of react-use-websocket that gatesocket/compat/react-use-websocket does not share. Where it can be shown, the
// same test shows the fault with the original, so that this file says so when it is mended there.
import { act, cleanup, render, renderHook, screen } from '@testing-library/react'
import { Suspense, useEffect } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as ours from 'gatesocket/compat/react-use-websocket'
import { GateSocketError } from 'gatesocket'
import * as original from 'react-use-websocket'
import { startTextServer } from '../page/text-server.mjs'
import { passes, until } from './session'

type Options = ours.Options

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
  ['react-use-websocket', original as unknown as typeof ours, true],
  ['gatesocket', ours, false],
])('%s', (_, { default: useWebSocket, ReadyState }, isFaulty) => {
  async function open(options: Options = {}, url: string | (() => Promise<string>) = server.address) {
    const hook = renderHook((given: Options) => useWebSocket<any>(url, given), { initialProps: options })
    await until(() => hook.result.current.readyState === ReadyState.OPEN, 'it was open')
    return hook
  }

  test('the heartbeat of a shared connection goes by what arrives, also once its first component has gone', async () => {
    server.answer = (_, { socket }) => socket.send('pong')
    const options = { share: true, heartbeat: { interval: 150, timeout: 450 } }
    const first = await open(options)
    const second = await open(options)
    first.unmount()
    if (isFaulty) await until(() => second.result.current.readyState === ReadyState.CLOSED)
    else await settled(1000)
    expect(second.result.current.readyState).toBe(isFaulty ? ReadyState.CLOSED : ReadyState.OPEN)
  })

  test('a timer that comes late gives up no connection that answers', async () => {
    server.answer = (_, { socket }) => socket.send('pong')
    const onClose = vi.fn()
    await open({ heartbeat: { interval: 200, timeout: 1000 }, onClose })
    // The machine sleeps, or the page is hidden: no timer fires, and no message is read.
    const end = Date.now() + 1600
    while (Date.now() < end);
    if (isFaulty) await until(() => onClose.mock.calls.length > 0)
    await settled(400)
    expect(onClose).toHaveBeenCalledTimes(isFaulty ? 1 : 0)
  })

  test('a connection that is dead is given up soon, though no close frame comes', async () => {
    const { result } = await open({ heartbeat: { interval: 100, timeout: 300 } })
    server.pause()
    if (isFaulty) await settled(2000)
    else await until(() => result.current.readyState === ReadyState.CLOSED)
    expect(result.current.readyState).toBe(isFaulty ? ReadyState.OPEN : ReadyState.CLOSED)
    server.cut()
  })

  test('who shares a connection sends with the next one too, whichever component reconnects it', async () => {
    await open({ share: true, shouldReconnect: () => true, reconnectInterval: 20 })
    const { result } = await open({ share: true })
    server.close()
    await until(() => server.connections.length === 2)
    await settled()
    result.current.sendMessage('after')
    server.send('news')
    await settled()
    expect(result.current).toMatchObject({ readyState: ReadyState.OPEN, lastMessage: { data: 'news' } })
    expect(server.connections[1]!.received).toEqual(isFaulty ? [] : ['after'])
  })

  test('an effect sees every message, also one whose render suspended', async () => {
    const seen: string[] = []
    let wake = () => {}
    let isAsleep = true
    const waits = new Promise<void>((resolve) => (wake = resolve)).then(() => void (isAsleep = false))
    function Reader() {
      const { lastMessage, readyState } = useWebSocket(server.address)
      useEffect(() => {
        if (lastMessage) seen.push(lastMessage.data)
      }, [lastMessage])
      if (lastMessage?.data === '1' && isAsleep) throw waits
      return <p>{readyState}</p>
    }
    render(
      <Suspense fallback="asleep">
        <Reader />
      </Suspense>,
    )
    await until(() => server.open().length === 1)
    await settled()
    server.send('0', '1', '2', '3', '4')
    await settled()
    if (!isFaulty) expect(seen).toEqual(['0'])
    await act(async () => wake())
    await settled()
    expect(seen).toEqual(isFaulty ? ['0', '2', '3', '4'] : ['0', '1', '2', '3', '4'])
  })

  test('retryOnError is for shared connections too', async () => {
    const gone = server.address
    server.stop()
    const onError = vi.fn()
    renderHook(() => useWebSocket(gone, { share: true, retryOnError: true, reconnectInterval: 10, reconnectAttempts: 2, onError }))
    const attempts = isFaulty ? 1 : 3
    await until(() => onError.mock.calls.length >= attempts)
    await settled(300)
    expect(onError).toHaveBeenCalledTimes(attempts)
  })

  test('a component that begins to share an open connection has the heartbeat that it asks for', async () => {
    await open({ share: true })
    await open({ share: true, heartbeat: { interval: 100 } })
    if (isFaulty) await settled(500)
    else await until(() => server.connections.some(({ received }) => received.length > 0))
    expect(server.connections.flatMap(({ received }) => received).length > 0).toBe(!isFaulty)
  })

  test('a component that takes the place of another in one render keeps the shared connection', async () => {
    function Reader() {
      return <p>{useWebSocket(server.address, { share: true }).readyState}</p>
    }
    const { rerender } = render(<Reader key="one" />)
    await until(() => screen.queryByText('1'))
    rerender(<Reader key="two" />)
    await settled()
    expect(server.connections).toHaveLength(isFaulty ? 2 : 1)
  })
})

describe('gatesocket', () => {
  const { default: useWebSocket, useWebSocket: named, ReadyState, useEventSource, useSocketIO } = ours

  test('the hook has its name too', () => {
    expect(named).toBe(useWebSocket)
  })

  test('a callback of one component that throws keeps no other from its message', async () => {
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const fault = new Error('a fault of the page')
    const onMessage = () => {
      throw fault
    }
    renderHook(() => useWebSocket(server.address, { share: true, onMessage }))
    const { result } = renderHook(() => useWebSocket(server.address, { share: true }))
    await until(() => result.current.readyState === ReadyState.OPEN)
    server.send('for all')
    await until(() => result.current.lastMessage?.data === 'for all')
    vi.unstubAllGlobals()
    expect(reported.mock.calls).toEqual([[fault]])
  })

  test('components that share a message are rendered together, and one that does not read it once for a frame', async () => {
    const renders = { reader: 0, other: 0, commits: 0 }
    function Reader() {
      renders.reader++
      return <p>{useWebSocket<number>(server.address, { share: true }).lastJsonMessage}</p>
    }
    function Other() {
      renders.other++
      const { readyState } = useWebSocket(server.address, { share: true })
      return <p>state {readyState}</p>
    }
    render(
      <>
        <Reader />
        <Other />
      </>,
    )
    await until(() => screen.queryByText('state 1'))
    await settled()
    const before = { ...renders }
    server.send(...Array.from({ length: 100 }, (_, index) => String(index)))
    await until(() => screen.queryByText('99'))
    await settled()
    expect(renders.reader).toBe(before.reader + 100)
    expect(renders.other).toBeGreaterThan(before.other)
    expect(renders.other).toBeLessThan(before.other + 20)
  })

  const unfit: [string, Options, string, RegExp][] = [
    ['a misspelt name', { shouldReconect: () => true } as Options, 'bad-options', /no option shouldReconect\. Did you mean shouldReconnect\?/],
    ['a wrong type', { reconnectInterval: '5' as never }, 'bad-options', /reconnectInterval must be of type number or function/],
    ['a negative number', { reconnectAttempts: -1 }, 'bad-options', /from 0/],
    ['a misspelt name of the heartbeat', { heartbeat: { every: 5 } as never }, 'bad-options', /no option heartbeat\.every/],
    ['Socket.IO', { fromSocketIO: true as never }, 'unsupported', /Socket\.IO/],
    ['an EventSource', { eventSourceOptions: {} as never }, 'unsupported', /EventSource/],
    ['what the session is not to be told', { gatesocket: { reconnect: false } as never }, 'bad-options', /reconnectInterval/],
  ]
  test.each(unfit)('%s is refused with a sentence', (_, options, code, sentence) => {
    let thrown: unknown
    try {
      renderHook(() => useWebSocket(server.address, options))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(GateSocketError)
    expect(thrown).toMatchObject({ code })
    expect((thrown as Error).message).toMatch(sentence)
  })

  test.each([useSocketIO, useEventSource])('what is left out throws', (hook) => {
    expect(() => hook(server.address)).toThrow(GateSocketError)
  })

  test('options that are null or undefined are as good as none', async () => {
    const options = { onOpen: null, filter: undefined, protocols: null, heartbeat: null } as unknown as Options
    const { result } = renderHook(() => useWebSocket(server.address, options))
    await until(() => result.current.readyState === ReadyState.OPEN)
  })

  test('a url that can not be used is CLOSED, with a sentence in the console', async () => {
    const { result } = renderHook(() => useWebSocket('localhost:1/'))
    await until(() => result.current.readyState === ReadyState.CLOSED)
    expect(console.error).toHaveBeenCalledWith(expect.objectContaining({ code: 'url-rejected' }))
  })

  test('a relative url is that of the page', async () => {
    const { result } = renderHook(() => useWebSocket('/chat'))
    await until(() => result.current.getWebSocket())
    expect(result.current.getWebSocket()!.url).toBe(`${location.origin.replace('http', 'ws')}/chat`)
  })

  test('the profile api-gateway identifies, tells the connectionId, and keeps its own frames from lastMessage', async () => {
    server.answer = (text, { socket }) => {
      if (JSON.parse(text).action === 'GET_CONNECTION_ID') socket.send('{"connectionId":"id1="}')
      else socket.send(text)
    }
    const onConnectionId = vi.fn()
    const onOpen = vi.fn()
    const { result } = renderHook(() =>
      useWebSocket<any>(server.address, { gatesocket: { profile: 'api-gateway', onConnectionId }, onOpen }),
    )
    result.current.sendJsonMessage({ action: 'hi' })
    await until(() => result.current.lastJsonMessage?.action === 'hi')
    expect(result.current.readyState).toBe(ReadyState.OPEN)
    expect(onConnectionId.mock.calls.map(([id]) => id)).toEqual(['id1='])
    expect(onOpen).toHaveBeenCalledTimes(1)
    expect(server.connections[0]!.received).toEqual(['{"action":"GET_CONNECTION_ID"}', '{"action":"hi"}'])
    server.send('{"message": "Forbidden", "connectionId": "id1=", "requestId": "r"}')
    await until(() => result.current.lastJsonMessage?.message === 'Forbidden')
  })

  test('the profile api-gateway replaces a connection without a word to the hook', async () => {
    server.answer = (text, connection) => {
      if (JSON.parse(text).action === 'GET_CONNECTION_ID') {
        connection.socket.send(`{"connectionId":"id${server.connections.indexOf(connection)}="}`)
      }
    }
    const told: string[] = []
    const gatesocket = { profile: 'api-gateway', rotation: { age: 300, spread: 0 } } as const
    const { result } = renderHook(() =>
      useWebSocket<any>(server.address, {
        gatesocket,
        onOpen: () => told.push('open'),
        onClose: () => told.push('close'),
      }),
    )
    await until(() => server.connections.length === 2 && server.connections[0]!.closed !== null)
    server.open()[0]!.socket.send('"from the second"')
    await until(() => result.current.lastJsonMessage === 'from the second')
    expect(told).toEqual(['open'])
    expect(result.current.readyState).toBe(ReadyState.OPEN)
  })

  test('a message that is too large for the profile is told, and the connection stays', async () => {
    server.answer = (_, { socket }) => socket.send('{"connectionId":"id1="}')
    const { result } = renderHook(() => useWebSocket(server.address, { gatesocket: { profile: 'api-gateway' } }))
    await until(() => result.current.readyState === ReadyState.OPEN)
    result.current.sendMessage('x'.repeat(40_000))
    await settled()
    expect(console.error).toHaveBeenCalledWith(expect.objectContaining({ code: 'frame-too-large' }))
    expect(result.current.readyState).toBe(ReadyState.OPEN)
  })

  test('components that share one connection and give it different options are told', async () => {
    renderHook(() => useWebSocket(server.address, { share: true, protocols: 'one' }))
    const { result } = renderHook(() => useWebSocket(server.address, { share: true, protocols: 'two' }))
    await until(() => result.current.readyState === ReadyState.OPEN)
    expect(console.warn).toHaveBeenCalledWith(expect.stringMatching(/different/))
    renderHook(() => useWebSocket(server.address, { share: true }))
    await settled()
    expect(console.warn).toHaveBeenCalledTimes(1)
  })
})
