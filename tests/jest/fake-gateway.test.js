// What Jest's jsdom lacks, its fake timers, and the real WebSocket of jsdom, without any set-up.
const { render, screen } = require('@testing-library/react')
const { createElement } = require('react')
const { connect, getConnectionId } = require('gatesocket')
const { useConnectionId } = require('gatesocket/react')
const { fakeGateway } = require('gatesocket/testing')

const url = 'wss://example.execute-api.eu-west-1.amazonaws.com/production/'
let gateway
let complaints

beforeEach(() => {
  complaints = jest.spyOn(console, 'error')
  gateway = fakeGateway()
})

afterEach(() => {
  gateway.dispose()
  expect(complaints.mock.calls).toEqual([])
})

test('this is the place where the package must bring what is missing', () => {
  expect(globalThis).toBe(window)
  expect(require.resolve('gatesocket')).toMatch(/node_modules.gatesocket.cjs.index\.js$/)
  expect([typeof TextEncoder, typeof TextDecoder, typeof MessageChannel, typeof fetch]).toEqual(Array(4).fill('undefined'))
})

test('texts of every kind go both ways', async () => {
  gateway.on('ECHO', ({ data }) => ({ echo: data }))
  const socket = connect(url)
  for (const data of ['', 'ä', '€ 😀', '\u0000\uFEFF', 'lone \uD83D surrogate', 'x'.repeat(20_000)]) {
    expect(await socket.request({ action: 'ECHO', data })).toMatchObject({ echo: data })
  }
  const room = await socket.join('Räume 😀')
  expect(room.members).toEqual([await socket.ready()])
  await expect(socket.send({ text: '😀'.repeat(8200) })).rejects.toMatchObject({ code: 'frame-too-large' })
  gateway.close(4000, 'Grüße')
  const close = await new Promise((resolve) => socket.on('close', resolve))
  expect(close).toMatchObject({ code: 4000, reason: 'Grüße' })
  socket.close()
})

test('hooks render what the waits of the gateway led to, and React does not complain', async () => {
  const Id = () => createElement('p', null, useConnectionId(url) ?? 'none')
  render(createElement(Id))
  const first = await gateway.connected()
  expect(screen.getByText(first.id)).toBeTruthy()
  gateway.cut()
  await gateway.advance(1000)
  expect(screen.getByText((await gateway.connected()).id)).toBeTruthy()
})

test('hours pass with the fake timers of Jest, and with those of the gateway', async () => {
  jest.useFakeTimers()
  const socket = connect(url)
  await socket.ready()
  gateway.cut()
  await gateway.settled()
  expect(socket.status).toBe('waiting')
  await jest.advanceTimersByTimeAsync(1001)
  expect(socket.status).toBe('ready')
  await jest.advanceTimersByTimeAsync(30 * 60_000)
  expect(socket.stats().heartbeats).toBeGreaterThanOrEqual(3)
  await gateway.advance(90 * 60_000)
  expect(socket.stats()).toMatchObject({ rotations: 1, linksOpened: 3 })
  socket.close()
  jest.useRealTimers()
})

test('where no fake gateway answers, the WebSocket of jsdom does', async () => {
  gateway.dispose()
  await expect(getConnectionId('ws://localhost:9/')).rejects.toMatchObject({ name: 'GateSocketError' })
})
