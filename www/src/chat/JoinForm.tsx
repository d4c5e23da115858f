import { type FormEvent, useState } from 'react'
import { linkTo, LONGEST_ROOM } from './useRooms.js'

/** Joins another room by its name, which makes it if nobody was there before. */
export function JoinForm() {
  const [draft, setDraft] = useState('')
  const room = draft.trim()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!room) return
    location.hash = linkTo(room)
    setDraft('')
  }
  return (
    <form className="join" onSubmit={submit}>
      <label htmlFor="join" className="unseen">
        Join a room
      </label>
      <input
        id="join"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        placeholder="Join a room …"
        maxLength={LONGEST_ROOM}
        autoComplete="off"
      />
      <button type="submit" disabled={!room}>
        Join
      </button>
    </form>
  )
}
