// Each by the smallest import with which its documentation connects in a browser.
export const PEERS = [
  {
    name: 'react-use-websocket',
    what: 'its hook',
    page: `export { default } from 'react-use-websocket'`,
  },
  {
    name: 'partysocket',
    what: 'its reconnecting WebSocket',
    page: `export { default } from 'partysocket/ws'`,
  },
  {
    name: 'centrifuge',
    what: 'its client, JSON',
    page: `export { Centrifuge } from 'centrifuge'`,
  },
  {
    name: 'socket.io-client',
    what: '`io`',
    page: `export { io } from 'socket.io-client'`,
  },
  {
    name: '@microsoft/signalr',
    what: '`HubConnectionBuilder`',
    page: `export { HubConnectionBuilder } from '@microsoft/signalr'`,
  },
  {
    name: 'ably',
    what: 'its modular client over WebSocket alone',
    page: `import { BaseRealtime, FetchRequest, WebSocketTransport } from 'ably/modular'
      export const connect = (options) =>
        new BaseRealtime({ ...options, plugins: { FetchRequest, WebSocketTransport } })`,
  },
  {
    name: 'aws-amplify',
    what: '`Amplify.configure` and `events.connect`',
    page: `import { Amplify } from 'aws-amplify'
      import { events } from 'aws-amplify/data'
      export function connect(config, channel) {
        Amplify.configure(config)
        return events.connect(channel)
      }`,
  },
]
