import gatesocket = require('gatesocket')
import hooks = require('gatesocket/react')

export type Kept = { socket: gatesocket.GateSocket; options: hooks.UseGateSocketOptions }

gatesocket.getConnectionId('ws://localhost:3001/production/').then((id: string) => {
  console.log(typeof hooks.useGateSocket, id)
})
