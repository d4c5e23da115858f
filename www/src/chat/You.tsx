import { useState } from 'react'
import { Avatar } from './Avatar.js'
import { NameForm } from './NameForm.js'

/** Oneself, with a button for another name. */
export function You({ name, onName }: { name: string; onName: (name: string) => void }) {
  const [isEditing, setEditing] = useState<boolean | null>(null)
  if (isEditing) {
    const rename = (to: string) => {
      // The backend reads a name when a connection opens: another one opens then.
      onName(to)
      setEditing(false)
    }
    return <NameForm label="Your name" action="Save" initial={name} onName={rename} onCancel={() => setEditing(false)} />
  }
  return (
    <p className="you">
      <Avatar name={name} />
      <span className="name" data-testid="my-name">
        {name}
      </span>
      {/* The keyboard goes on where it was before. */}
      <button type="button" className="quiet" onClick={() => setEditing(true)} autoFocus={isEditing === false}>
        Rename
      </button>
    </p>
  )
}
