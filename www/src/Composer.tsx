import { type FormEvent, type KeyboardEvent, useState } from 'react'

const EXAMPLE = '{ "action": "ECHO", "data": "hello" }'

/** A box to send JSON. */
export function Composer({ onSend }: { onSend: (message: unknown) => Promise<void> }) {
  const [text, setText] = useState(EXAMPLE)
  const [problem, setProblem] = useState<string | null>(null)

  const send = async () => {
    try {
      await onSend(JSON.parse(text))
      setProblem(null)
    } catch (thrown) {
      setProblem(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void send()
  }
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
  }

  return (
    <form className="card composer" onSubmit={submit}>
      <label htmlFor="message">Send JSON</label>
      <textarea
        id="message"
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keyDown}
        spellCheck={false}
        aria-describedby="composer-note"
      />
      <div className="row">
        <span id="composer-note" className={problem ? 'error' : 'hint'} data-testid="composer-note">
          {problem ?? 'Ctrl + Enter sends. The example backend answers ECHO.'}
        </span>
        <button type="submit" className="primary">
          Send
        </button>
      </div>
    </form>
  )
}
