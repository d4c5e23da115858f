// What stands where an address or a ticket should, and is null.
import { expect, test, vi } from 'vitest'
import { connect, getConnectionId } from 'gatesocket'
import { fakeGateway } from 'gatesocket/testing'

test('a URL that is null is called so, and no object', () => {
  expect(() => connect(null as never)).toThrow(/must be a string or a URL, not null/)
})

test('an endpoint that answers null gave no ticket, and nothing is connected with one', async () => {
  using gateway = fakeGateway()
  vi.stubGlobal('fetch', async () => new Response('null'))
  const ticket = { endpoint: 'https://tickets.test/' }
  const error = await getConnectionId('wss://tickets.test/production', { ticket }).catch((error) => error)
  vi.unstubAllGlobals()
  expect(error).toMatchObject({ code: 'url-rejected', message: expect.stringMatching(/without a ticket in the field "ticket"/) })
  expect(gateway.received).toEqual([])
})
