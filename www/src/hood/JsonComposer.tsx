import { type KeyboardEvent, useState } from 'react'
import { HoodForm } from './HoodForm.js'

interface Props {
  room: string
  onSend: (message: unknown) => Promise<void>
}

/** A box to send JSON to the backend, which takes these actions and others. */
export function JsonComposer({ room, onSend }: Props) {
  const examples = [
    { action: 'GET_CONNECTION_ID' },
    { action: 'MEMBERS', room },
    { action: 'HISTORY', room, limit: 3 },
  ]
  const [text, setText] = useState(JSON.stringify(examples[0]))
  const [problem, setProblem] = useState<string | null>(null)

  const send = async () => {
    try {
      await onSend(JSON.parse(text))
      setProblem(null)
    } catch (thrown) {
      setProblem(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
  }

  return (
    <HoodForm className="json" field="json" label="Send JSON" onSubmit={() => void send()}>
      <textarea
        id="json"
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keyDown}
        spellCheck={false}
        aria-describedby="json-note"
      />
      <p className="row examples">
        {examples.map((example) => (
          <button key={example.action} type="button" className="quiet" onClick={() => setText(JSON.stringify(example))}>
            {example.action}
          </button>
        ))}
        <button type="submit" className="primary" aria-label="Send JSON">
          Send
        </button>
      </p>
      <p id="json-note" className="error" role="status" data-testid="json-note">
        {problem}
      </p>
    </HoodForm>
  )
}
