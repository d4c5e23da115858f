import { useGateSocket } from 'gatesocket/react'

export default function App() {
  const { connectionId, status, error } = useGateSocket('ws://localhost:3001/production/')
  if (error) return <p>{error.message}</p>
  return <p>{connectionId ?? status}</p>
}
