import { useState } from 'react'
import { ConnectionStatus } from './ConnectionStatus.js'

interface Props {
  name: string
  count: number | null
  otherUnread: number
  /** The id of the list of people. */
  people: string
  isPeopleOpen: boolean
  onPeople: () => void
  onMenu: () => void
}

export function RoomHeader({ name, count, otherUnread, people, isPeopleOpen, onPeople, onMenu }: Props) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(location.href)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <header className="room-header">
      <button type="button" className="quiet to-menu" onClick={onMenu} aria-label={otherUnread > 0 ? `All rooms, ${otherUnread} unread` : 'All rooms'}>
        ‹{otherUnread > 0 && <span className="badge">{otherUnread}</span>}
      </button>
      <h1>
        <span aria-hidden="true"># </span>
        {name}
      </h1>
      <ConnectionStatus isBrief />
      {/* Browsers have a clipboard for pages on https: and on localhost only. */}
      {navigator.clipboard && (
        <button type="button" className="quiet copy" onClick={() => void copy()}>
          {isCopied ? 'Copied' : 'Copy link'}
        </button>
      )}
      <button
        type="button"
        className="quiet"
        aria-expanded={isPeopleOpen}
        aria-controls={people}
        onClick={onPeople}
        data-testid="people"
      >
        {count === null ? 'People' : `${count} ${count === 1 ? 'person' : 'people'}`}
      </button>
    </header>
  )
}
