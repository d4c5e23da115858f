import { type FormEvent, useState } from 'react'

interface Props {
  url: string
  live: boolean
  onDrop: () => void
  onConnect: (url: string) => void
}

/** Where the page is connected to, with the button that drops the connection. */
export function Endpoint({ url, live, onDrop, onConnect }: Props) {
  const [draft, setDraft] = useState(url)
  const connect = (event: FormEvent) => {
    event.preventDefault()
    onConnect(draft.trim())
  }
  return (
    <form className="card endpoint" onSubmit={connect}>
      <label htmlFor="url">WebSocket URL</label>
      <div className="row">
        <input
          id="url"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          disabled={live}
          spellCheck={false}
          autoComplete="off"
        />
        {live ? (
          // Keys, because a button that turned into the other one while it is clicked would submit.
          <button key="drop" type="button" className="danger" onClick={onDrop}>
            Drop connection
          </button>
        ) : (
          <button key="connect" type="submit" className="primary">
            Connect
          </button>
        )}
      </div>
    </form>
  )
}
