// Messages of a chat, as JSON of an exact size in bytes.

const WORDS = 'the quick brown fox jumps over the lazy dog while nobody looks at the clock on the wall'.split(' ')

/** So many different messages, each of this size. */
export function payloads(bytes, count) {
  return Array.from({ length: count }, (_, number) => payload(bytes, number))
}

function payload(bytes, number) {
  const message = { number: 1000 + number, type: 'message', room: 'lobby', user: `user-${number % 97}` }
  const size = () => JSON.stringify(message).length
  // As many lines of a conversation as fit, and then text, so that the size is exact.
  const items = []
  for (let left = bytes - size() - ROOM; ; ) {
    const next = line(number, items.length)
    left -= JSON.stringify(next).length + 1
    if (left < 0) break
    items.push(next)
  }
  if (items.length > 0) message.items = items
  message.tail = ''
  message.tail = 'x'.repeat(bytes - size())
  return JSON.stringify(message)
}

/** What `,"items":[],"tail":""` takes, in bytes. */
const ROOM = 21

function line(number, index) {
  return {
    id: 100_000 + number * 100 + index,
    user: `user-${(number * 7 + index) % 97}`,
    time: 1_790_000_000_000 + index * 1_371,
    text: WORDS.slice(index % 9, (index % 9) + 6).join(' '),
    seen: index % 2 === 0,
  }
}
