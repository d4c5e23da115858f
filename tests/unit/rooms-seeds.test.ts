// Numbered rooms with everything that may go wrong at once, at moments that a seed chooses.
import { describe, expect, test } from 'vitest'
import type { Room } from 'gatesocket'
import { NO_FAULTS, randomOf } from './numbered-backend'
import { backend, begin, from, gateway, numbersOf, open, say, withNumberedRooms } from './numbered-rooms'

withNumberedRooms()

// Whatever the seed, every page tells every message once, from where it began, and every message that was sent is there once.
describe.each(from(1, 25))('with everything that may go wrong, seed %i', (seed) => {
  test('every page tells every message once, in order', { timeout: 60_000 }, async () => {
    const random = randomOf(seed)
    const upTo = (most: number) => Math.floor(random() * most)
    begin(seed)
    const errors: string[] = []
    const rooms = ['tea', 'milk']
    say(upTo(30))
    const uses: { name: string; begin: number; numbers: number[]; room: Room<any> }[] = []
    for (let page = 0; page < 3; page++) {
      const socket = open({
        onError: ({ code }) => errors.push(code),
        reconnect: { baseDelay: 200, maxDelay: 2000 },
        rotation: { age: 8000, spread: 4000, drain: 3000 },
        requestTimeout: 4000,
        probe: { timeout: 1000, quiet: 2000 },
        heartbeat: 5000,
      })
      for (const name of rooms) {
        const history = upTo(2) * upTo(40)
        const room = await socket.join(name, { history })
        const { sequence } = room.answer as { sequence: number }
        uses.push({ name, begin: Math.max(0, sequence - history), numbers: numbersOf(room), room })
      }
    }
    backend.page = 1 + upTo(10)
    backend.faults = { lost: random() / 3, doubled: random() / 3, late: random() * 1500, refused: random() / 5, unanswered: random() / 5 }
    const unsent: string[] = []
    const sending: Promise<unknown>[] = []
    const sentBy = new Map<(typeof uses)[0], string[]>(uses.map((use) => [use, []]))
    for (let step = 0; step < 60; step++) {
      await gateway.advance(upTo(600))
      for (let copies = upTo(4); copies > 0; copies--) {
        const use = uses[upTo(uses.length)]!
        const id = `${seed} ${step} ${copies}`
        sentBy.get(use)!.push(id)
        sending.push(use.room.send(step, { id }).catch(() => unsent.push(id)))
      }
      const { connections } = gateway
      const one = connections[upTo(connections.length)]
      if (one && random() < 0.15) one.cut()
      else if (one && random() < 0.05) one.close(1001)
      else if (one && random() < 0.05) one.silence()
    }
    // Everything comes to rest once nothing goes wrong any more.
    backend.faults = NO_FAULTS
    await gateway.advance(60_000)
    for (const name of rooms) backend.say(name, 'the last')
    await gateway.advance(60_000)
    await Promise.all(sending)
    for (const name of rooms) {
      const all = backend.messages(name)
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
      for (const use of uses.filter((use) => use.name === name)) {
        expect(use.numbers).toEqual(from(use.begin + 1, all.length))
      }
    }
    // What a page sent to a room is there in the order in which it was sent; what was given up may be there.
    for (const [{ name }, ids] of sentBy) {
      const places = ids.map((id) => backend.messages(name).findIndex((message) => message.id === id))
      expect(ids.filter((id, index) => places[index]! < 0 && !unsent.includes(id))).toEqual([])
      const there = places.filter((place) => place >= 0)
      expect(there).toEqual([...there].sort((one, other) => one - other))
    }
    expect(unsent.length).toBeLessThan(sending.length / 4)
  })
})
