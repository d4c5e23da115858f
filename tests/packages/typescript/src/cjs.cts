import gatesocket = require('gatesocket')
import hooks = require('gatesocket/react')
// Types alone: Node.js imports no wasm file without a flag.
import type core = require('gatesocket/core.wasm')
import type slim = require('gatesocket/slim')

export type Kept = { socket: gatesocket.GateSocket; options: hooks.UseGateSocketOptions }
export const start = (init: typeof slim.init, module: typeof core.default): Promise<void> => init(module)
// @ts-expect-error It is no number, and so not `any`.
export const count = (module: typeof core.default): number => module

gatesocket.getConnectionId('ws://localhost:3001/production/').then((id: string) => {
  console.log(typeof hooks.useGateSocket, id)
})
