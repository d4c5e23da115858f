// Accounts for every message: what the page says became of it, what each WebSocket was given, and what the gateway
// and the backend say that they got.

/** What the sender is told of a message that no connection has taken. */
const NEVER_TAKEN = ['outbox-full', 'expired', 'frame-too-large', 'closed', 'aborted']
/** What else a sender may be told, of a message and of a request. */
const MAY_BE = {
  message: ['resolved', 'delivery-unknown'],
  request: ['resolved', 'connection-lost', 'request-timeout', 'gateway-error'],
}

/**
 * Which rules are broken, and what was counted.
 *
 * `unexpected`: what came as a message, though nobody waited for it. `sent`: every message with `number`, `isRequest`, `retry`, `fate`, `settledAt`. `wire`: by connection, oldest first,
 * `link` and the `numbers` that the browser took, `leftAt`, `close`, and whether the page
 * itself closed it while it was open (`isClosedHere`). `arrived`: by `link`, the numbers in the order in
 * which the gateway read them. `handled`: every number that the backend got, as often as it got it. Times in milliseconds.
 */
export function audit({ sent, unexpected, wire, arrived, handled }) {
  const broken = []
  const rule = (isKept, ...sentence) => isKept || broken.push(sentence.join(' '))
  const counts = { messages: sent.length, fates: {}, repeated: 0, lateAnswers: 0, unknownArrived: 0, unknownLost: 0, lost: [] }

  const takenBy = sent.map(() => [])
  for (const connection of wire) {
    for (const number of connection.numbers) takenBy[number]?.push(connection)
  }
  const times = sent.map(() => 0)
  for (const number of Object.values(arrived).flat()) {
    if (rule(number in times, number, 'arrived and was never sent') === true) times[number]++
  }

  for (const connection of wire) {
    const { link, numbers, close, isClosedHere } = connection
    const got = arrived[link] ?? []
    const isPrefix = got.every((number, index) => number === numbers[index])
    rule(isPrefix, `connection ${link} took ${numbers} and ${got} arrived: not its beginning`)
    // One that the other side closes may have had something under way.
    const isWhole = isClosedHere && close?.wasClean
    rule(!isWhole || got.length === numbers.length, `connection ${link} closed well and lost ${numbers.slice(got.length)}`)
  }
  // A repetition comes when it is known to be needed, and may follow what was sent after it. All else keeps its order.
  const first = new Set(wire.flatMap(({ numbers }) => numbers))
  rule([...first].every((number, index, all) => !index || number > all[index - 1]), `another order: ${[...first]}`)
  rule(Object.keys(arrived).every((link) => wire.some((connection) => connection.link === Number(link))), 'a connection is not the page\'s')

  const handledTimes = new Map()
  for (const number of handled) handledTimes.set(number, (handledTimes.get(number) ?? 0) + 1)
  times.forEach((count, number) => {
    const backend = handledTimes.get(number) ?? 0
    rule(backend === count, `the gateway read ${number} ${count} times and the backend got it ${backend} times`)
  })

  for (const { double, ...message } of unexpected) {
    // An answer that came too late, or a second time.
    const request = sent[double / 2]
    const isLate = request?.isRequest && (request.retry || request.fate !== 'resolved')
    if (rule(isLate, `nobody sent ${JSON.stringify({ double, ...message })}`) === true) counts.lateAnswers++
  }

  for (const { number, isRequest, retry, fate, settledAt } of sent) {
    const taken = takenBy[number]
    const name = `${isRequest ? 'request' : 'message'} ${number}`
    counts.fates[fate] = (counts.fates[fate] ?? 0) + 1
    rule(fate !== null, `${name} was never settled`)
    rule(retry || taken.length <= 1, `${name} was sent ${taken.length} times without retry`)
    rule(retry || times[number] <= 1, `${name} arrived ${times[number]} times without retry`)
    if (times[number] > 1) counts.repeated++
    if (NEVER_TAKEN.includes(fate)) {
      rule(taken.length === 0 && times[number] === 0, `${name} was refused with ${fate}, and yet a connection took it`)
      continue
    }
    rule(fate === null || MAY_BE[isRequest ? 'request' : 'message'].includes(fate), `${name} came to ${fate}`)
    rule(fate === 'request-timeout' || taken.length > 0, `${name} came to ${fate}, and no connection took it`)
    if (isRequest) {
      rule(fate !== 'resolved' || times[number] > 0, `${name} was answered and never arrived`)
    } else if (fate === 'delivery-unknown') {
      counts[times[number] ? 'unknownArrived' : 'unknownLost']++
    } else if (fate === 'resolved' && times[number] === 0 && taken.length > 0) {
      // It had left the browser, and was under way when its connection broke: only the end of a connection can be lost.
      const { link, leftAt, close, isClosedHere } = taken.at(-1)
      rule(leftAt !== null && !(isClosedHere && close?.wasClean), `${name} was lost on connection ${link}, which nothing happened to`)
      counts.lost.push({ number, link, before: Math.round((leftAt ?? settledAt) - settledAt) })
    }
  }
  return { broken, counts }
}
