// The hooks in jsdom against a real server, with React 19 and React 18.
import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react'
import { Component, StrictMode, version, type ReactNode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  GateSocketProvider,
  useConnectionId,
  useGateSocket,
  useMessage,
  useMessages,
  useRequest,
  useRoom,
  useStatus,
} from 'gatesocket/react'
import { passes, until, withBackend } from './session'

const own = withBackend()
let shown: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  shown = vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(async () => {
  cleanup()
  // The session ends a moment after its last component, and closes its connection.
  await until(() => own.backend.connections.every(({ closed }) => closed !== null), 'every connection was closed')
  shown.mockRestore()
})

const provided = ({ children }: { children: ReactNode }) => (
  <GateSocketProvider url={own.backend.address} options={{ reconnect: { baseDelay: 50 } }}>
    {children}
  </GateSocketProvider>
)
const hook = <T,>(use: () => T) => renderHook(use, { wrapper: provided })

/** Waits until the provided session is ready, by a component of its own. */
async function ready() {
  await waitFor(() => expect(own.backend.connections.length).toBeGreaterThan(0))
  await until(() => own.backend.received('GET_CONNECTION_ID').length > 0)
  await passes(30)
}

/** Lets what is on its way arrive, and its frame pass. */
const settled = () => act(() => passes(60))

test('the React of the alias is the one that runs', () => {
  expect(version).toMatch(/^1[89]\./)
})

test('hooks below a provider share its session, and each renders for what it reads alone', async () => {
  const renders = { status: 0, id: 0, all: 0 }
  function Status() {
    renders.status++
    return <p data-testid="status">{useStatus()}</p>
  }
  function Id() {
    renders.id++
    return <p data-testid="id">{useConnectionId()}</p>
  }
  function All() {
    renders.all++
    return <p>{useMessages().length} messages</p>
  }
  render(<Status />, { wrapper: ({ children }) => provided({ children: [children, <Id key="id" />, <All key="all" />] }) })
  await waitFor(() => expect(screen.getByTestId('id').textContent).toBe('id1='))
  expect(screen.getByTestId('status').textContent).toBe('ready')
  const before = { ...renders }
  for (let index = 0; index < 5; index++) {
    own.tell({ index })
    await screen.findByText(`${index + 1} messages`)
  }
  expect(renders).toEqual({ ...before, all: before.all + 5 })
  expect(own.backend.connections).toHaveLength(1)
})

test('a hundred messages in one frame are one render, and none is missed', async () => {
  const rendered: (readonly unknown[])[] = []
  hook(() => rendered.push(useMessages({ limit: 10 })))
  await ready()
  rendered.length = 0
  own.tell(...Array.from({ length: 100 }, (_, index) => index))
  await waitFor(() => expect(new Set(rendered.flat()).size).toBe(100))
  expect(rendered.length).toBeLessThanOrEqual(6)
  // What was rendered goes when more comes, down to the limit.
  own.tell('last')
  await waitFor(() => expect(rendered.at(-1)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 'last']))
})

test('messages come also where no animation frame does, as in a hidden tab', async () => {
  const frames = vi.spyOn(globalThis, 'requestAnimationFrame').mockImplementation(() => 0)
  const { result } = hook(() => useMessages())
  await ready()
  own.tell(1, 2)
  await waitFor(() => expect(result.current).toEqual([1, 2]))
  frames.mockRestore()
})

test('match and select render nothing for what they leave out', async () => {
  let renders = 0
  const { result } = hook(() => {
    renders++
    return useMessages({
      match: { action: 'row' },
      select: (message) => (message.row === 2 ? message.value : undefined),
    })
  })
  await ready()
  const before = renders
  own.tell({ action: 'row', row: 1, value: 'a' }, { action: 'chat', row: 2, value: 'b' }, null, 'text')
  await settled()
  expect(renders).toBe(before)
  own.tell({ action: 'row', row: 2, value: 'c' })
  await waitFor(() => expect(result.current).toEqual(['c']))
  expect(renders).toBe(before + 1)
})

test('useMessage calls the latest closure for every message and renders nothing', async () => {
  const told: string[] = []
  let renders = 0
  const { rerender } = renderHook(
    ({ name }) => {
      renders++
      useMessage((message) => told.push(`${name} ${message}`))
      useMessage({ a: name }, () => told.push(`match ${name}`))
    },
    { wrapper: provided, initialProps: { name: 'first' } },
  )
  await ready()
  own.tell(1)
  await until(() => told.length === 1)
  rerender({ name: 'second' })
  const before = renders
  own.tell(2, { a: 'first' }, { a: 'second' })
  await until(() => told.includes('match second'))
  expect(told).toEqual(['first 1', 'second 2', 'second [object Object]', 'second [object Object]', 'match second'])
  expect(renders).toBe(before)
})

test('useRequest goes from pending to data, again by run, and to an error', async () => {
  const { result, rerender } = renderHook(({ numbers }: { numbers: number[] | null }) => useRequest<any, any>(numbers && { action: 'ADD', numbers }), {
    wrapper: provided,
    initialProps: { numbers: [1, 2] as number[] | null },
  })
  expect(result.current).toMatchObject({ pending: true, data: undefined, error: null })
  await waitFor(() => expect(result.current).toMatchObject({ pending: false, data: { sum: 3 } }))
  rerender({ numbers: [2, 3] })
  await waitFor(() => expect(result.current.data).toMatchObject({ sum: 5 }))
  let answer: any
  await act(async () => {
    answer = await result.current.run({ action: 'ADD', numbers: [7] })
  })
  expect(answer.sum).toBe(7)
  expect(own.backend.received('ADD')).toHaveLength(3)
  rerender({ numbers: null })
  await act(() => result.current.run(7).catch(() => {}))
  expect(result.current.error?.code).toBe('bad-options')
  expect(result.current).toMatchObject({ pending: false, data: { sum: 7 } })
})

test('unmounting gives up on a request', async () => {
  let run!: (message?: unknown) => Promise<unknown>
  const { unmount } = hook(() => ({ run } = useRequest<any, any>(null)))
  await ready()
  let code = ''
  act(() => void run({ action: 'SILENCE' }).catch((error) => (code = error.code)))
  await until(() => own.backend.received('SILENCE').length === 1)
  unmount()
  await until(() => code === 'aborted')
})

test('useRoom joins once for many components, shows messages and members, and leaves with the last', async () => {
  const renders = { tea: 0, coffee: 0 }
  function Room({ name }: { name: 'tea' | 'coffee' }) {
    renders[name]++
    const { joined, messages, members, send } = useRoom<any>(name)
    return (
      <p data-testid={name} onClick={() => send('hi')}>
        {joined ? messages.map(({ data }) => data).join() : 'outside'} {members?.join()}
      </p>
    )
  }
  const view = (
    <StrictMode>
      <Room name="tea" />
      <Room name="tea" />
      <Room name="coffee" />
    </StrictMode>
  )
  const { rerender } = render(view, { wrapper: provided })
  await waitFor(() => expect(screen.queryByText('outside')).toBe(null))
  expect(own.backend.received('JOIN_ROOM').map(({ room }) => room)).toEqual(['tea', 'coffee'])
  await settled()
  const before = { ...renders }
  own.tell({ room: 'tea', data: 'a', members: [1, 2] })
  await waitFor(() => expect(screen.getAllByText('a 1,2')).toHaveLength(2))
  expect(renders.coffee).toBe(before.coffee)
  screen.getByTestId('coffee').click()
  await until(() => own.backend.received('SEND_MESSAGE').length === 1)
  expect(own.backend.received('SEND_MESSAGE')[0]).toEqual({ action: 'SEND_MESSAGE', room: 'coffee', data: 'hi' })
  rerender(<StrictMode><Room name="tea" /></StrictMode>)
  await until(() => own.backend.received('LEAVE_ROOM').length === 1)
  expect(own.backend.received('LEAVE_ROOM')[0].room).toBe('coffee')
  // Joined again by itself.
  own.backend.cut()
  await until(() => own.backend.received('JOIN_ROOM').length === 3)
  expect(own.backend.received('JOIN_ROOM')[2]).toMatchObject({ room: 'tea', connectionId: 'id2=' })
})

test('a room of another name shows nothing of the one before', async () => {
  const { result, rerender } = renderHook(({ name }) => useRoom<any>(name), {
    wrapper: provided,
    initialProps: { name: 'tea' as string | null },
  })
  await waitFor(() => expect(result.current.joined).toBe(true))
  own.tell({ room: 'tea', data: 'hi', members: ['a'] })
  await waitFor(() => expect(result.current.messages).toHaveLength(1))
  rerender({ name: null })
  expect(result.current).toMatchObject({ joined: false, messages: [], members: null, answer: undefined })
  await expect(result.current.send('x')).rejects.toMatchObject({ code: 'closed' })
})

test('functions as URL keep the session whichever they are, and the latest is asked', async () => {
  const asked: number[] = []
  let render = 0
  const { result, rerender } = renderHook(() => {
    const now = ++render
    return useGateSocket(
      () => {
        asked.push(now)
        return own.backend.address
      },
      { reconnect: { baseDelay: 20 }, shouldReconnect: () => now > 1 },
    )
  })
  await waitFor(() => expect(result.current.connectionId).toBe('id1='))
  rerender()
  rerender()
  const latest = render
  own.backend.cut()
  await waitFor(() => expect(result.current.connectionId).toBe('id2='))
  expect(asked[0]).toBe(1)
  expect(asked.at(-1)).toBeGreaterThanOrEqual(latest)
  expect(own.backend.connections).toHaveLength(2)
})

test('components share a URL function that is the same one, and no other', async () => {
  const url = () => own.backend.address
  const { result } = renderHook(() => [
    useConnectionId(url),
    useConnectionId(url),
    useConnectionId(() => own.backend.address),
  ])
  await waitFor(() => expect(result.current.every(Boolean)).toBe(true))
  expect(new Set(result.current).size).toBe(2)
  expect(result.current[0]).toBe(result.current[1])
})

test('a URL of null is no connection, and one that comes later connects', async () => {
  const { result, rerender } = renderHook(
    ({ url }) => ({
      gate: useGateSocket(url),
      messages: useMessages({ from: url }),
      request: useRequest({ action: 'ADD', numbers: [1] }, { from: url }),
      room: useRoom('tea', { from: url }),
    }),
    { initialProps: { url: null as string | null } },
  )
  await settled()
  expect(result.current.gate.status).toBe('idle')
  expect(result.current.request).toMatchObject({ pending: false, error: null })
  expect(own.backend.connections).toHaveLength(0)
  await expect(result.current.gate.send(1)).rejects.toMatchObject({ code: 'closed' })
  rerender({ url: own.backend.address })
  await waitFor(() => expect(result.current.request.data).toMatchObject({ sum: 1 }))
  expect(result.current.room.joined).toBe(true)
  rerender({ url: null })
  await waitFor(() => expect(own.backend.connections[0]!.closed).toBe(1000))
  expect(result.current.gate.connectionId).toBe(null)
})

test('from takes what useGateSocket returned, also a copy of it', async () => {
  const { result } = renderHook(() => {
    const gate = useGateSocket(own.backend.address, { heartbeat: 1000 })
    return [gate.connectionId, useConnectionId(gate), useConnectionId({ ...gate }), useMessages({ from: gate }).length]
  })
  await waitFor(() => expect(result.current).toEqual(['id1=', 'id1=', 'id1=', 0]))
  own.tell('x')
  await waitFor(() => expect(result.current[3]).toBe(1))
  expect(own.backend.connections).toHaveLength(1)
})

test('options that are new at each render, functions and schemas too, keep the session', async () => {
  let renders = 0
  const { result, rerender } = renderHook(() =>
    useGateSocket(own.backend.address, {
      heartbeat: 300_000,
      identify: { attempts: 3, timeout: 5000 },
      shouldReconnect: () => true,
      schema: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value: [value, renders] }) } },
      onMessage: () => renders++,
    }),
  )
  await waitFor(() => expect(result.current.connectionId).toBe('id1='))
  for (let index = 0; index < 20; index++) rerender()
  await settled()
  expect(own.backend.connections).toHaveLength(1)
  expect(result.current.connectionId).toBe('id1=')
})

for (const isStrict of [false, true]) {
  const mode = isStrict ? 'under StrictMode' : 'without StrictMode'
  test(`options that components disagree on are an error in development, until one has gone, ${mode}`, async () => {
    const errors: string[] = []
    function Gate({ name, ...options }: { name: string; heartbeat?: number; protocols?: string; share?: boolean }) {
      const { connectionId, error } = useGateSocket(own.backend.address, { ...options, onError: (error) => errors.push(error.code) })
      return <p data-testid={name}>{error?.message ?? connectionId}</p>
    }
    const { rerender } = render(
      <>
        <Gate name="one" heartbeat={1000} key="one" />
        <Gate name="two" heartbeat={2000} key="two" />
        <Gate name="alone" heartbeat={3000} share={false} key="alone" />
      </>,
      { reactStrictMode: isStrict },
    )
    expect(screen.getByTestId('two').textContent).toMatch(/different options: heartbeat\./)
    expect(new Set(errors)).toEqual(new Set(['bad-options']))
    if (!isStrict) expect(errors).toHaveLength(1)
    await waitFor(() => expect(screen.getByTestId('one').textContent).toMatch(/^id/))
    await waitFor(() => expect(screen.getByTestId('alone').textContent).toMatch(/^id/))
    await settled()
    expect(own.backend.connections.filter(({ closed }) => closed === null)).toHaveLength(2)
    expect(screen.getByTestId('two').textContent).toMatch(/different options: heartbeat\./)
    rerender(<Gate name="two" heartbeat={2000} key="two" />)
    await waitFor(() => expect(screen.getByTestId('two').textContent).toMatch(/^id/))
  })
}

class Boundary extends Component<{ children: ReactNode }, { error: any }> {
  override state = { error: null as any }
  static getDerivedStateFromError(error: unknown) {
    return { error }
  }
  override render() {
    return this.state.error ? (
      <button onClick={() => this.setState({ error: null })}>{this.state.error.code}</button>
    ) : (
      this.props.children
    )
  }
}

test('throwOnError gives what ended a session to the error boundary, which can try again', async () => {
  let wrong = true
  function Gate() {
    const url = wrong ? 'http://wrong/' : own.backend.address
    return <p>{useGateSocket(url, { throwOnError: true, onError: () => {} }).connectionId}</p>
  }
  render(<Boundary><Gate /></Boundary>)
  const button = await screen.findByText('url-rejected')
  wrong = false
  act(() => button.click())
  await screen.findByText('id1=')
})

test('throwOnError leaves a failed attempt alone, unless a function says otherwise', async () => {
  const asked: string[] = []
  function Gate({ strict }: { strict: boolean }) {
    const throwOnError = strict ? ({ code }: { code: string }) => asked.push(code) > 0 : true
    return <p>{useGateSocket(own.backend.address, { throwOnError, reconnect: { baseDelay: 50 } }).connectionId}</p>
  }
  const { rerender } = render(<Boundary><Gate strict={false} /></Boundary>)
  await screen.findByText('id1=')
  own.backend.cut()
  await screen.findByText('id2=')
  rerender(<Boundary><Gate strict={true} /></Boundary>)
  own.backend.stop()
  await screen.findByText('connect-failed')
  expect(asked).toContain('connect-failed')
})

test('throwOnError of a request throws what it failed with', async () => {
  function Ask() {
    useRequest({ action: 'SILENCE' }, { timeout: 30, throwOnError: true })
    return null
  }
  render(<Boundary><Ask /></Boundary>, { wrapper: provided })
  await screen.findByText('request-timeout')
})

test('a hook without a URL and without a provider says so, and options belong to the provider', () => {
  expect(() => renderHook(() => useStatus())).toThrow(/GateSocketProvider/)
  expect(() => hook(() => useGateSocket(undefined as never, { heartbeat: 1 }))).toThrow(/GateSocketProvider, which takes/)
})

test('an error that no component takes is on the console, once until the session is ready again', async () => {
  hook(() => useMessages())
  await ready()
  own.backend.stop()
  const codes = () => shown.mock.calls.map(([error]: any) => error?.code).filter(Boolean)
  await until(() => codes().length > 0)
  await passes(300)
  expect(codes()).toEqual(['connect-failed'])
})
