// What the types say: `samples.test.ts` runs the compiler. `@ts-expect-error` fails where
// there is no error.
import { type } from 'arktype'
import { expectTypeOf } from 'expect-type'
import * as valibot from 'valibot'
import { z } from 'zod'
import { connect, GateSocketError, type ErrorCode, type GateSocket } from 'gatesocket'
import { useGateSocket, useMessage, useMessages, useRequest, useRoom } from 'gatesocket/react'

type Chat = { action: 'chat'; text: string }
type Row = { action: 'row' | 'line'; row: number }
type In = Chat | Row
type Out = { action: 'SAY'; text: string } | { action: 'HISTORY' }

declare const socket: GateSocket<In, Out>
const url = 'ws://localhost/'

// A match narrows by every field, also by one of several values.
socket.on('message', (message) => expectTypeOf(message).toEqualTypeOf<In>())
socket.on('message', { action: 'chat' }, (message) => expectTypeOf(message).toEqualTypeOf<Chat>())
socket.on('message', { action: 'row' }, (message) => {
  expectTypeOf(message.action).toEqualTypeOf<'row'>()
  expectTypeOf(message.row).toEqualTypeOf<number>()
})
socket.on('message', { row: 7 }, (message) => expectTypeOf(message.row).toEqualTypeOf<7>())
// @ts-expect-error no message has this action
socket.on('message', { action: 'chta' }, () => {})
// @ts-expect-error no message has this field
socket.on('message', { acton: 'chat' }, () => {})
// @ts-expect-error only messages are matched
socket.on('status', { action: 'chat' }, () => {})
// @ts-expect-error there is no such event
socket.on('mesage', () => {})
connect(url).on('message', { action: 'chat' }, (message) => {
  expectTypeOf(message.action).toEqualTypeOf<'chat'>()
  expectTypeOf(message.text).toEqualTypeOf<unknown>()
})
connect<{ action?: string; text: string }>(url).on('message', { action: 'chat' }, (message) => {
  expectTypeOf(message.action).toEqualTypeOf<'chat'>()
  expectTypeOf(message.text).toEqualTypeOf<string>()
})

// Messages out.
void socket.send({ action: 'SAY', text: 'hi' })
// @ts-expect-error a field is missing
void socket.send({ action: 'SAY' })
// @ts-expect-error there is no such action
void socket.request({ action: 'SHOUT' })
expectTypeOf(socket.request({ action: 'HISTORY' })).resolves.toEqualTypeOf<In>()

// Iteration.
async function iterate() {
  for await (const message of socket) expectTypeOf(message).toEqualTypeOf<In>()
  for await (const message of socket.messages({ buffer: 10 })) expectTypeOf(message).toEqualTypeOf<In>()
  for await (const message of socket.messages({ match: { action: 'chat' } })) expectTypeOf(message).toEqualTypeOf<Chat>()
  // @ts-expect-error there is no such policy
  socket.messages({ overflow: 'dropNewest' })
  using own = connect(url)
  await using other = connect(url)
  expectTypeOf(own).toEqualTypeOf(other)
  const room = await socket.join('tea')
  room.on('message', (message) => expectTypeOf(message).toEqualTypeOf<In>())
  room.on('members', (members) => expectTypeOf(members).toEqualTypeOf<readonly unknown[]>())
  room.on('gap', ({ from, to }) => expectTypeOf(to - from).toEqualTypeOf<number>())
  expectTypeOf((await room.send({}, { id: 'mine' }))?.sequence).toEqualTypeOf<number | undefined>()
  await socket.join('milk', { history: 50 })
  // @ts-expect-error A number.
  await socket.join('milk', { history: 'all' })
}
void iterate

// A schema says what messages are.
expectTypeOf(connect(url, { schema: z.object({ text: z.string() }) })).toEqualTypeOf<GateSocket<{ text: string }, unknown>>()
expectTypeOf(connect(url, { schema: z.string().transform(Number) })).toEqualTypeOf<GateSocket<number, unknown>>()
expectTypeOf(connect(url, { schema: valibot.string() })).toEqualTypeOf<GateSocket<string, unknown>>()
expectTypeOf(connect(url, { schema: type('number') })).toEqualTypeOf<GateSocket<number, unknown>>()
connect(url, { schema: z.number(), onMessage: (message) => expectTypeOf(message).toEqualTypeOf<number>() })
// @ts-expect-error a schema of other messages
connect<string>(url, { schema: z.number() })

// Errors are one class, with codes that a switch can be complete about.
expectTypeOf(new GateSocketError('closed', '').code).toEqualTypeOf<ErrorCode>()
// @ts-expect-error there is no such code
new GateSocketError('close', '')

// Hooks.
export function Component() {
  const gate = useGateSocket<In, Out>(url)
  expectTypeOf(gate.send).parameter(0).toEqualTypeOf<Out>()
  expectTypeOf(useMessages()).toEqualTypeOf<readonly unknown[]>()
  expectTypeOf(useMessages<In>()).toEqualTypeOf<readonly In[]>()
  expectTypeOf(useMessages({ from: gate })).toEqualTypeOf<readonly In[]>()
  expectTypeOf(useMessages({ from: gate, match: { action: 'chat' } })).toEqualTypeOf<readonly Chat[]>()
  expectTypeOf(
    useMessages({ from: gate, match: { action: 'chat' }, select: (message) => message.text }),
  ).toEqualTypeOf<readonly string[]>()
  expectTypeOf(
    useMessages({ from: gate, select: (message) => (message.action === 'chat' ? undefined : message.row) }),
  ).toEqualTypeOf<readonly number[]>()
  // @ts-expect-error no message has this action
  useMessages({ from: gate, match: { action: 'chta' } })
  useMessage({ action: 'chat' }, (message) => expectTypeOf(message).toEqualTypeOf<Chat>(), { from: gate })
  useMessage((message) => expectTypeOf(message).toEqualTypeOf<In>(), { from: gate })
  const { data, run } = useRequest<In, Out>({ action: 'HISTORY' })
  expectTypeOf(data).toEqualTypeOf<In | undefined>()
  expectTypeOf(run).parameter(0).toEqualTypeOf<Out | undefined>()
  const { messages, gap, count } = useRoom<Chat>('tea', { history: 50 })
  expectTypeOf(messages).toEqualTypeOf<readonly Chat[]>()
  expectTypeOf([gap?.from, count]).toEqualTypeOf<(number | null | undefined)[]>()
  // @ts-expect-error an option that there is not
  useGateSocket(url, { onMesage: () => {} })
  // @ts-expect-error undefined is not "not connected yet": that is null
  useGateSocket(undefined)
}
