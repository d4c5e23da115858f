// The hooks with the fake gateway, with React 19 and React 18: what React says of updates, and what a test leaves behind.
import { act, cleanup, render, screen, waitFor } from '@testing-library/react'
import * as React from 'react'
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

test('a numbered room shows every message once and in order, with those of before, whatever happens to connections', async () => {
  gateway.dispose()
  gateway = fakeGateway({ numbered: true })
  const lobby = gateway.room('lobby')
  for (let number = 1; number <= 5; number++) lobby.send(number)
  function Room({ label, history }: { label: string; history?: number }) {
    const { joined, messages, count, answer, send } = useRoom<any>('lobby', { from: URL_, history })
    const texts = messages.map(({ data }) => data).join(' ')
    return (
      <p aria-label={label} onClick={() => void send('mine')}>
        {joined ? `${texts}, ${count} here, joined at ${(answer as any).sequence}` : 'outside'}
      </p>
    )
  }
  const view = (second: boolean) => (
    <StrictMode>
      <Room label="first" history={2} />
      <Room label="without" />
      {second && <Room label="second" history={3} />}
    </StrictMode>
  )
  const { rerender } = render(view(false))
  const shown = (label: string, text: string) =>
    waitFor(() => expect(screen.getByLabelText(label).textContent).toBe(text))
  await shown('first', '4 5, 1 here, joined at 5')
  await shown('without', ', 1 here, joined at 5')
  screen.getByLabelText('first').click()
  await shown('without', 'mine, 1 here, joined at 5')
  gateway.cut()
  lobby.send(7)
  screen.getByLabelText('first').click()
  await gateway.advance(1000)
  await shown('first', '4 5 mine 7 mine, 1 here, joined at 7')
  await shown('without', 'mine 7 mine, 1 here, joined at 7')
  expect(lobby.messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  rerender(view(true))
  await shown('second', 'mine 7 mine, 1 here, joined at 7')
  lobby.send(9)
  for (const [label, text] of [['first', '4 5 mine 7 mine 9'], ['without', 'mine 7 mine 9'], ['second', 'mine 7 mine 9']]) {
    await shown(label!, `${text}, 1 here, joined at 7`)
  }
  expect(gateway.received.filter(({ action }) => action === 'JOIN_ROOM')).toHaveLength(2)
})

test.skipIf(!('Activity' in React))('a room with history that was hidden and is shown again has no message twice', async () => {
  gateway.dispose()
  gateway = fakeGateway({ numbered: true })
  const lobby = gateway.room('lobby')
  for (let number = 1; number <= 5; number++) lobby.send(number)
  function Room({ history }: { history?: number }) {
    const { joined, messages } = useRoom<any>('lobby', { from: URL_, history })
    return <p aria-label={`history ${history}`}>{joined && messages.map(({ sequence }) => sequence).join(' ')}</p>
  }
  const view = (mode: 'visible' | 'hidden') => (
    <React.Activity mode={mode}>
      <Room history={3} />
      <Room />
    </React.Activity>
  )
  const shown = (label: string, text: string) =>
    waitFor(() => expect(screen.getByLabelText(label).textContent).toBe(text))
  const { rerender } = render(view('visible'))
  await shown('history 3', '3 4 5')
  lobby.send(6)
  await gateway.settled()
  await shown('history 3', '3 4 5 6')
  rerender(view('hidden'))
  await gateway.settled()
  lobby.send(7)
  await gateway.settled()
  rerender(view('visible'))
  await gateway.settled()
  lobby.send(8)
  await gateway.settled()
  await shown('history 3', '5 6 7 8')
  await shown('history undefined', '6 8')
})

test('a component says which messages of a numbered room can not be had any more', async () => {
  gateway.dispose()
  gateway = fakeGateway({ numbered: true })
  function Room() {
    const { joined, messages, gap } = useRoom<any>('lobby', { from: URL_ })
    return <p>{joined && `${messages.map(({ sequence }) => sequence).join(' ')} without ${gap?.from} to ${gap?.to}`}</p>
  }
  render(<Room />)
  await screen.findByText('without undefined to undefined')
  gateway.on('HISTORY', ({ after }) => ({
    messages: gateway.room('lobby').messages.filter(({ sequence }) => sequence > Math.max(after, 2)),
    sequence: 3,
  }))
  gateway.cut()
  for (const number of [1, 2, 3]) gateway.room('lobby').send(number)
  await gateway.advance(1000)
  await screen.findByText('3 without 1 to 2')
})
