import { GateSocketError } from 'gatesocket'
import { connection } from 'next/server'
import { Connection } from './Connection'

export default async function Home() {
  await connection() // Rendered for each request.
  return (
    <main>
      <h1>{GateSocketError.name} is known to the server</h1>
      <Connection />
    </main>
  )
}
