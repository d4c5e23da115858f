import { getConnectionId, type GateSocket } from 'gatesocket'
import { useGateSocket, type UseGateSocketOptions } from 'gatesocket/react'

export type Kept = { socket: GateSocket; options: UseGateSocketOptions }

console.log(typeof useGateSocket, await getConnectionId('ws://localhost:3001/production/'))
