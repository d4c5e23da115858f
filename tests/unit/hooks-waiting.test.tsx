// Messages for components that do not render: because no frame and no timer comes, or because they are suspended.
import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react'
import { Suspense, useState, type ReactNode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GateSocketProvider, useGateSocket, useMessage, useMessages, useStatus } from 'gatesocket/react'
import { until, withBackend } from './session'

const own = withBackend()
let shown: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  shown = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(async () => {
  cleanup()
  await until(() => own.backend.connections.every(({ closed }) => closed !== null), 'every connection was closed')
  vi.restoreAllMocks()
})

const provided = ({ children }: { children: ReactNode }) => (
  <GateSocketProvider url={own.backend.address}>{children}</GateSocketProvider>
)

test('a thousand messages are rendered even where neither a frame nor a timer comes', async () => {
  vi.spyOn(globalThis, 'requestAnimationFrame').mockImplementation(() => 0)
  const { setTimeout: native } = globalThis
  const withoutFrames = (work: () => void, time?: number) => native(time === 250 ? () => {} : work, time)
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(withoutFrames as never)
  const { result } = renderHook(() => ({ messages: useMessages({ limit: 5000 }), status: useStatus() }), { wrapper: provided })
  await waitFor(() => expect(result.current.status).toBe('ready'))
  own.tell(...Array.from({ length: 2500 }, (_, index) => index))
  await waitFor(() => expect(result.current.messages).toHaveLength(2000))
  expect(result.current.messages.at(-1)).toBe(1999)
})

/** Reads messages, and suspends while it is told to. */
function suspending() {
  let hold!: (isHeld: boolean) => void
  let letGo!: () => void
  const held = new Promise<void>((resolve) => (letGo = resolve))
  let isOver = false
  const seen = new Set<unknown>()
  function Reader() {
    const [isHeld, set] = useState(false)
    hold = set
    const messages = useMessages({ limit: 10 })
    if (isHeld && !isOver) throw held
    for (const message of messages) seen.add(message)
    return <p>{`${messages.length} messages`}</p>
  }
  let count = 0
  function Counter() {
    useMessage(() => void count++)
    return <p>{useStatus()}</p>
  }
  render(<><Suspense fallback={<p>waits</p>}><Reader /></Suspense><Counter /></>, { wrapper: provided })
  return {
    seen,
    counted: (wanted: number) => until(() => count === wanted, `${wanted} messages have come`),
    hold: async () => {
      act(() => hold(true))
      await screen.findByText('waits')
    },
    goOn: async () => {
      isOver = true
      await act(async () => letGo())
    },
  }
}

test('a component that was suspended sees every message that came meanwhile', async () => {
  const { seen, counted, hold, goOn } = suspending()
  await screen.findByText('ready')
  await hold()
  own.tell(...Array.from({ length: 9000 }, (_, index) => index))
  await counted(9000)
  await goOn()
  await waitFor(() => expect(seen.size).toBe(9000))
  expect(shown).not.toHaveBeenCalled()
})

test('a component that stays suspended keeps the newest 10,000 messages, and the console tells of the others once', async () => {
  const { seen, counted, hold, goOn } = suspending()
  await screen.findByText('ready')
  await hold()
  for (let part = 0; part < 3; part++) own.tell(...Array.from({ length: 5000 }, (_, index) => part * 5000 + index))
  await counted(15_000)
  await goOn()
  await waitFor(() => expect(seen.has(14_999)).toBe(true))
  // And what came since the last batch or frame, which is less than a batch.
  expect(seen.size).toBeGreaterThanOrEqual(10_000)
  expect(seen.size).toBeLessThan(11_000)
  expect(seen.has(5000)).toBe(true)
  const told = shown.mock.calls.map(([error]: any) => error)
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ name: 'GateSocketError', code: 'buffer-overflow', details: { messages: 10_000 } })
})

test('a session that a render began, and that no component came to use, is closed after half a minute', async () => {
  const { setTimeout: native } = globalThis
  let halfAMinute = 0
  let isOver!: () => void
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, time?: number) => {
    if (time !== 30_000) return native(work, time)
    halfAMinute++
    isOver = work
    return native(() => {}, time)
  }) as never)
  function Waiting(): never {
    // As React's `use` does it.
    throw useGateSocket(own.backend.address, { identify: { action: 'LATER' } }).ready()
  }
  const { unmount } = render(<Suspense fallback={<p>waits</p>}><Waiting /></Suspense>)
  await until(() => own.backend.received('LATER').length === 1)
  unmount()
  await new Promise((resolve) => native(resolve, 400)) // Longer than a session lingers.
  expect(own.backend.connections[0]!.closed).toBe(null)
  expect(halfAMinute).toBe(1)
  isOver()
  await until(() => own.backend.connections[0]!.closed === 1000)
  expect(own.backend.connections).toHaveLength(1)
})
