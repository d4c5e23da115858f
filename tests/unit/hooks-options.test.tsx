// What the hooks are given: names that they do not know, functions of several components, failures that nobody waits for.
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import { type ReactNode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GateSocketProvider, useGateSocket, useMessage, useMessages, useRequest, useRoom } from 'gatesocket/react'
import { until, withBackend } from './session'

const own = withBackend()
let shown: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  shown = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(async () => {
  cleanup()
  await until(() => own.backend.connections.every(({ closed }) => closed !== null), 'every connection was closed')
  shown.mockRestore()
})

const provided = ({ children }: { children: ReactNode }) => (
  <GateSocketProvider url={own.backend.address}>{children}</GateSocketProvider>
)
const wrong = (options: object) => options as never

test('an option that a hook does not have is refused with the name that was meant', () => {
  const cases: [() => unknown, RegExp][] = [
    [() => useMessages(wrong({ limt: 1 })), /no option limt\. Did you mean limit\? There are: from, limit, match, select\./],
    [() => useMessages(wrong({ throwOnError: true })), /no option throwOnError/],
    [() => useMessage(() => {}, wrong({ form: null })), /no option form\. Did you mean from\?/],
    [() => useMessage({ action: 'a' }, () => {}, wrong({ form: null })), /no option form/],
    [() => useRequest(null, wrong({ retries: 1 })), /no option retries\. Did you mean retry\?/],
    [() => useRequest(null, wrong({ signal: new AbortController().signal })), /no option signal/],
    [() => useRoom('tea', wrong({ select: () => 1 })), /no option select/],
  ]
  for (const [use, sentence] of cases) {
    let thrown: any
    try {
      renderHook(use, { wrapper: provided })
    } catch (error) {
      thrown = error
    }
    expect(thrown?.message).toMatch(sentence)
    expect(thrown).toMatchObject({ name: 'GateSocketError', code: 'bad-options' })
  }
})

test('a limit that is no number is refused', () => {
  for (const limit of [NaN, -1, 'many']) {
    expect(() => renderHook(() => useMessages(wrong({ limit })), { wrapper: provided })).toThrow(/limit must be/)
    expect(() => renderHook(() => useRoom('tea', wrong({ limit })), { wrapper: provided })).toThrow(/limit must be/)
  }
})

test('options that useGateSocket and the provider do not have are an error of their session', async () => {
  const { result, unmount } = renderHook(() => useGateSocket(own.backend.address, wrong({ thrownOnError: true, onError: () => {} })))
  await waitFor(() => expect(result.current.error?.message).toMatch(/no option thrownOnError/))
  unmount()
  const wrapper = ({ children }: { children: ReactNode }) => (
    <GateSocketProvider url={own.backend.address} options={wrong({ throwOnError: true })}>{children}</GateSocketProvider>
  )
  const below = renderHook(() => useGateSocket(), { wrapper })
  await waitFor(() => expect(below.result.current.error?.message).toMatch(/no option throwOnError/))
  expect(own.backend.connections).toHaveLength(0)
})

test('of components that share a session, the one that rendered last and is there gives the functions', async () => {
  const asked: string[] = []
  const gate = (name: string) =>
    renderHook(
      ({ at }) =>
        useGateSocket(own.backend.address, {
          reconnect: { baseDelay: 20 },
          shouldReconnect: () => asked.push(`${name} ${at}`) > 0,
        }),
      { initialProps: { at: 'first' } },
    )
  const [a, b] = [gate('a'), gate('b')]
  const lost = async (id: string) => {
    own.backend.cut()
    await waitFor(() => expect(a.result.current.connectionId).toBe(id))
  }
  await waitFor(() => expect(a.result.current.connectionId).toBe('id1='))
  await lost('id2=')
  a.rerender({ at: 'again' })
  await lost('id3=')
  b.rerender({ at: 'last' })
  await lost('id4=')
  b.unmount()
  await lost('id5=')
  expect(asked).toEqual(['b first', 'a again', 'b last', 'a again'])
})

// Vitest fails a run in which a rejection is handled by nobody.
test('a failure of run that nobody waits for is the error alone, and who waits gets it too', async () => {
  const { result } = renderHook(() => useRequest<any, any>(null, { timeout: 30 }), { wrapper: provided })
  act(() => void result.current.run({ action: 'SILENCE' }))
  act(() => void result.current.run({ action: 'SILENCE' }))
  await waitFor(() => expect(result.current.error?.code).toBe('request-timeout'))
  await expect(act(() => result.current.run({ action: 'SILENCE' }))).rejects.toMatchObject({ code: 'request-timeout' })
})

test('a room is joined no longer when the session has ended', async () => {
  const { result } = renderHook(
    () => {
      const gate = useGateSocket(own.backend.address)
      return { gate, room: useRoom('tea', { from: gate }) }
    },
  )
  await waitFor(() => expect(result.current.room.joined).toBe(true))
  act(() => result.current.gate.socket!.close())
  await waitFor(() => expect(result.current.gate.status).toBe('closed'))
  expect(result.current.room.joined).toBe(false)
})
