// The templates of lambda/ on the local gateway, which takes routes, functions and roles from them.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { startDynamoDb } from '../../lambda/chat/local/dynamodb.mjs'
import { identify, open } from '../gateway/client.mjs'
import { startGateway } from '../gateway/gateway.mjs'
import { startConnections } from './connections.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const CHAT = at('../../lambda/chat/template.yaml')
const CONNECTION_ID = at('../../lambda/connection-id/template.yaml')

// Credentials of who runs the tests must not decide how functions are recognised.
const noCredentials = { HOME: tmpdir(), AWS_PROFILE: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '', AWS_REGION: 'us-east-1' }
noCredentials.AWS_SHARED_CREDENTIALS_FILE = noCredentials.AWS_CONFIG_FILE = join(tmpdir(), 'there-is-no-such-file')

/** The gateway with a template, and with a database of its own for the chat. */
async function start(t, template, { args = [], chat } = {}) {
  const dynamo = chat ? await startDynamoDb({ sweep: 0 }) : null
  const gateway = await startGateway(null, ['--template', template, ...args], { env: { ...noCredentials, ...dynamo?.env } })
  t.after(async () => {
    await gateway.stop()
    await dynamo?.stop()
  })
  return gateway
}

/** A copy of a template, with the same code, from which the statement about connections is taken. */
async function withoutPermission(t, template) {
  const folder = await mkdtemp(join(tmpdir(), 'gatesocket-role-'))
  t.after(() => rm(folder, { recursive: true }))
  const text = await readFile(template, 'utf8')
  // Each statement is a list's item; the one to take ends where its resource does.
  const statement = /^ +- (?:Sid: PostToConnections\n +)?Effect: Allow\n +Action: execute-api:ManageConnections\n(?: +#.*\n)* +Resource: .*\n/gm
  assert.ok(text.match(statement)?.length >= 1)
  const left = text.replace(statement, '').replace(/^ +Policies:\n +- Version: '2012-10-17'\n +Statement:\n(?! +- )/m, '')
  assert.doesNotMatch(left, /ManageConnections/)
  await writeFile(join(folder, 'template.yaml'), left.replace('CodeUri: .', `CodeUri: ${dirname(template)}`))
  return join(folder, 'template.yaml')
}

/** The next frame that a condition holds for. */
async function frame(client, condition) {
  for (;;) {
    const next = JSON.parse(await client.next())
    if (condition(next)) return next
  }
}

for (const FanOut of ['direct', 'queue']) {
  test(`the chat's template with FanOut=${FanOut}: ids, a room, a message`, async (t) => {
    // A function without the queue's address posts by itself.
    const args = ['--parameter', `FanOut=${FanOut}`, '--parameter', 'StageName=beta', '--env', 'FANOUT_QUEUE_URL=']
    const gateway = await start(t, CHAT, { chat: true, args })
    assert.match(gateway.ws, /\/beta\/$/)
    const ann = await identify(`${gateway.ws}?name=Ann`)
    const bob = await identify(gateway.ws)
    assert.notEqual(ann.connectionId, bob.connectionId)
    for (const client of [ann, bob]) {
      client.send({ action: 'JOIN_ROOM', room: 'lobby', connectionId: client.connectionId, ref: 'join' })
      assert.equal((await frame(client, ({ ref }) => ref === 'join')).joined, 'lobby')
    }
    ann.send({ action: 'SEND_MESSAGE', room: 'lobby', data: { text: 'hello' }, id: 'one', ref: 'send' })
    for (const client of [ann, bob]) {
      const { room, sequence, id, from, data } = await frame(client, (next) => next.data)
      assert.deepEqual({ room, sequence, id, from, data }, {
        room: 'lobby',
        sequence: 1,
        id: 'one',
        from: { connectionId: ann.connectionId, name: 'Ann' },
        data: { text: 'hello' },
      })
    }
    // $disconnect leads to the function too.
    await ann.close()
    const { members } = await frame(bob, ({ count }) => count === 1)
    assert.deepEqual(members, [{ connectionId: bob.connectionId }])
    await bob.close()
    const log = gateway.log.text()
    assert.match(log, /tables without a TableName go by their logical ids: MembersTable, MessagesTable/)
    if (FanOut === 'direct') assert.doesNotMatch(log, /^warning:/m)
    else assert.match(log, /FanOutFunction is not started: no route of Api leads to it/)
  })
}

const BACKENDS = [['connection-id', CONNECTION_ID, false], ['chat', CHAT, true]]

for (const [name, template, chat] of BACKENDS) {
  const variable = 'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI'

  test(`${name} posts to the endpoint that its environment names`, async (t) => {
    const connections = await startConnections()
    t.after(() => connections.stop())
    const posted = new Promise((resolve) => {
      connections.answer = (connectionId) => {
        resolve(connectionId)
        return 200
      }
    })
    const gateway = await start(t, template, { chat, args: ['--env', `${variable}=${connections.endpoint}`] })
    const client = await open(gateway.ws)
    client.send({ action: 'GET_CONNECTION_ID' })
    assert.match(await posted, /^.{15}=$/)
    await client.close()
  })

  test(`${name} posts to the domain and stage of the event where its environment names none`, async (t) => {
    const gateway = await start(t, template, { chat, args: ['--env', `${variable}=`] })
    const client = await identify(gateway.ws)
    assert.match(client.connectionId, /^.{15}=$/)
    await client.close()
  })
}

for (const [name, template, chat] of BACKENDS) {
  test(`${name} without the right to post: the client is told of an error, and the log of the statement that is missing`, async (t) => {
    const gateway = await start(t, await withoutPermission(t, template), { chat })
    const client = await open(gateway.ws)
    client.send({ action: 'GET_CONNECTION_ID' })
    const { message, connectionId, requestId } = JSON.parse(await client.next())
    assert.equal(message, 'Internal server error')
    assert.match(connectionId, /^.{15}=$/)
    assert.ok(requestId)
    // The sentence of the SDK's error, in what the function logs.
    await gateway.log.line(/assumed-role\/\w+\/Function is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:\*{8}0000:Api\/production\/POST\/@connections\//)
    const advice = await gateway.log.line(/^\{ "Effect": "Allow", "Action": "execute-api:ManageConnections"/)
    assert.equal(JSON.parse(advice).Resource, 'arn:aws:execute-api:us-east-1:000000000000:Api/production/POST/@connections/*')
    await client.close()
  })
}
