import { type FormEvent, useId, useState } from 'react'

interface Props {
  label: string
  action: string
  initial?: string
  onName: (name: string) => void
  /** Escape. */
  onCancel?: () => void
}

/** As long as the backend takes it. */
const LONGEST = 64

/** Asks for a name. */
export function NameForm({ label, action, initial = '', onName, onCancel }: Props) {
  const [draft, setDraft] = useState(initial)
  const id = useId()
  const name = draft.trim()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name) onName(name)
  }
  return (
    <form className="name-form" onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <input
          id={id}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && onCancel?.()}
          maxLength={LONGEST}
          autoComplete="nickname"
          autoFocus
          required
        />
        <button type="submit" className="primary">
          {action}
        </button>
      </div>
    </form>
  )
}
