import { getConnectionId, type GateSocketError } from 'gatesocket'

export const runtime = 'edge'

export async function GET() {
  try {
    return Response.json({ connectionId: await getConnectionId('ws://localhost:3001/production/') })
  } catch (error) {
    const { code, message } = error as GateSocketError
    return Response.json({ code, message })
  }
}
