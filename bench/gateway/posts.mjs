// Posts to one connection with the AWS SDK, as fast as it goes with a number of posts under way at a time.
// node posts.mjs ENDPOINT CONNECTION_ID SECONDS CONCURRENCY; prints one JSON object.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

const [endpoint, connectionId, seconds, concurrency] = process.argv.slice(2)
const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1' })
const latencies = []

async function post() {
  const started = performance.now()
  await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: '{"data":"0123456789"}' }))
  return performance.now() - started
}

// The first posts load modules and open connections.
await Promise.all(Array.from({ length: Number(concurrency) }, post))
const started = performance.now()
const end = started + Number(seconds) * 1000
await Promise.all(Array.from({ length: Number(concurrency) }, async () => {
  while (performance.now() < end) latencies.push(await post())
}))
const elapsed = (performance.now() - started) / 1000
latencies.sort((a, b) => a - b)
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]
console.log(JSON.stringify({ count: latencies.length, per_second: latencies.length / elapsed, p50_ms: at(0.5), p99_ms: at(0.99) }))
