/** Listens to all events of a WebSocket, until it has closed. */
export function hear(socket: WebSocket, listeners: { [Type in keyof WebSocketEventMap]: (event: WebSocketEventMap[Type]) => void }): void {
  const all = Object.entries(listeners) as [string, EventListener][]
  for (const [type, listener] of all) socket.addEventListener(type, listener)
  const end = () => {
    for (const [type, listener] of all) socket.removeEventListener(type, listener)
    socket.removeEventListener('close', end)
  }
  socket.addEventListener('close', end)
}
