/** What `traced` in `src/npm.rs` counts: the name of an event, and those of its facts in the order in which they come. */
const EVENTS = [
  'status $status',
  'connect',
  'open',
  'refused $code',
  'identify',
  'heartbeat',
  'probe',
  'answer roundTrip',
  'connectionid $connectionId',
  'gatewayframe $message',
  'close ?wasClean code',
  'lost $cause',
  'closing code',
  'failed $code',
  'wait failures delay',
  'rotation $step',
  'room room $step',
  'page $signal',
  'late by',
  'rejected message count $code',
  'send bytes message',
  'request bytes message',
  'transmit message',
  'nottaken message',
  'resolved message',
  'received length',
]

/** An entry of the trace: one flat object. What is NaN is not there; `$` is before a text, `?` before yes or no. */
export function traced(kind: number, number: number, time: number, link: number, one: number, two: number, text: string): object {
  const [event, ...facts] = EVENTS[kind]!.split(' ')
  const numbers = [one, two]
  const entry: { [fact: string]: unknown } = { number, time, event }
  for (const fact of ['link', ...facts]) {
    const value = fact === 'link' ? link : fact[0] === '$' ? text : numbers.shift()
    if (!Number.isNaN(value)) entry[fact.replace(/\W/, '')] = fact[0] === '?' ? value === 1 : value
  }
  return entry
}
