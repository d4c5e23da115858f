import { getConnectionId, type GateSocket } from 'gatesocket'
import { useGateSocket, type UseGateSocketOptions } from 'gatesocket/react'
// Types alone: Node.js imports no wasm file without a flag.
import type core from 'gatesocket/core.wasm'
import type { init } from 'gatesocket/slim'

export type Kept = { socket: GateSocket; options: UseGateSocketOptions }
export const start = (begin: typeof init, module: typeof core): Promise<void> => begin(module)
// @ts-expect-error It is no number, and so not `any`.
export const count = (module: typeof core): number => module

console.log(typeof useGateSocket, await getConnectionId('ws://localhost:3001/production/'))
