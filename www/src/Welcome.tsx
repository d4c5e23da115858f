import { NameForm } from './chat/NameForm.js'

/** The first page: what you are called. */
export function Welcome({ onName }: { onName: (name: string) => void }) {
  return (
    <main className="welcome">
      <div className="card">
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>gatesocket chat</h1>
        <p>Chatrooms on an API Gateway WebSocket API. Open this page twice and talk to yourself, or send the link to somebody.</p>
        <NameForm label="Your name" action="Start" onName={onName} />
      </div>
    </main>
  )
}
