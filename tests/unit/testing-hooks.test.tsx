// The hooks with the fake gateway, with React 19 and React 18: what React says of updates, and what a test leaves behind.
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode, version } from 'react'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { useGateSocket, useMessages, useRoom } from 'gatesocket/react'
import { fakeGateway, type FakeGateway } from 'gatesocket/testing'

const URL_ = 'wss://example.execute-api.eu-west-1.amazonaws.com/production/'
// Testing Library does that by itself where the runner's functions are global, as they are in Jest.
const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
beforeAll(() => {
  react.IS_REACT_ACT_ENVIRONMENT = true
})

let gateway: FakeGateway
let complaints: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  complaints = vi.spyOn(console, 'error')
  gateway = fakeGateway()
})

afterEach(() => {
  cleanup()
  gateway.dispose()
  // Such as: an update was not wrapped in act.
  expect(complaints.mock.calls).toEqual([])
  complaints.mockRestore()
})

let renders = 0
function Messages() {
  const socket = useGateSocket<any>(URL_)
  const messages = useMessages<any>({ from: socket })
  renders++
  return (
    <>
      <p role="status">{socket.status}</p>
      <p role="note">{socket.connectionId}</p>
      <p role="log">{messages.map(({ number }) => number).join(' ')}</p>
    </>
  )
}
const shown = (role: string) => screen.getByRole(role).textContent

test('after every wait of the gateway, what it led to is rendered, and React has no complaint', async () => {
  expect(version).toMatch(/^1[89]\./)
  render(<Messages />)
  const { id } = await gateway.connected()
  expect([shown('status'), shown('note')]).toEqual(['ready', id])
  gateway.send({ number: 1 })
  gateway.send({ number: 2 })
  await gateway.settled()
  expect(shown('log')).toBe('1 2')
  gateway.cut()
  await gateway.settled()
  expect(shown('status')).toBe('waiting')
  await gateway.advance(1000)
  expect(shown('note')).toBe((await gateway.connected()).id)
  expect(react.IS_REACT_ACT_ENVIRONMENT).toBe(true)
})

test('a hundred messages at once are one render', async () => {
  render(<Messages />)
  await gateway.connected()
  const before = renders
  for (let number = 0; number < 100; number++) gateway.send({ number })
  await gateway.settled()
  expect(shown('log')!.split(' ')).toHaveLength(100)
  expect(renders - before).toBe(1)
})

test('what a test does inside of act is rendered after it', async () => {
  render(<Messages />)
  await gateway.connected()
  await act(async () => gateway.send({ number: 7 }))
  expect(shown('log')).toBe('7')
})

for (const nth of ['a first', 'a second']) {
  test(`${nth} test with the same URL, whose components stay, has a session of its own`, async () => {
    // Not through cleanup, which would end the session first.
    const { unmount } = render(<Messages />, { wrapper: StrictMode })
    const { id } = await gateway.connected()
    expect(gateway.connections).toHaveLength(1)
    expect(shown('note')).toBe(id)
    gateway.dispose()
    gateway = fakeGateway()
    render(<Messages />)
    const next = await gateway.connected()
    expect(screen.getAllByRole('note').at(-1)!.textContent).toBe(next.id)
    unmount()
    expect(gateway.connections.map(({ id }) => id)).toEqual([next.id])
  })
}

test('a room has its members and messages', async () => {
  function Lobby() {
    const { joined, members, messages } = useRoom<any>('lobby', { from: URL_ })
    return <p role="log">{`${joined} ${members?.length} ${messages.map(({ data }) => data)}`}</p>
  }
  render(<Lobby />)
  await gateway.connected()
  expect(shown('log')).toBe('true 1 ')
  gateway.room('lobby').send('hi')
  await gateway.settled()
  expect(shown('log')).toBe('true 1 hi')
})
