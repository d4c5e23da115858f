import { type FormEvent, useState } from 'react'

interface Props {
  label: string
  action: string
  initial?: string
  onName: (name: string) => void
}

/** As long as the backend takes it. */
const LONGEST = 64

/** Asks for a name. */
export function NameForm({ label, action, initial = '', onName }: Props) {
  const [draft, setDraft] = useState(initial)
  const name = draft.trim()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name) onName(name)
  }
  return (
    <form className="name-form" onSubmit={submit}>
      <label htmlFor="name">{label}</label>
      <div className="row">
        <input
          id="name"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
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
