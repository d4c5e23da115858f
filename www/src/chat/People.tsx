import { useConnectionId } from 'gatesocket/react'
import { Avatar } from './Avatar.js'
import { type Member, nameOf } from './message.js'

interface Props {
  members: readonly Member[]
  count: number | null
  onClose: () => void
}

/** Who is in the room. A person with two pages is there twice: a member is a connection. */
export function People({ members, count, onClose }: Props) {
  const mine = useConnectionId()
  const sorted = [...members].sort((one, other) => nameOf(one).localeCompare(nameOf(other)))
  const others = (count ?? 0) - members.length
  return (
    <aside className="panel people" aria-label="People in this room">
      <header>
        <h2>People</h2>
        <button type="button" className="quiet" onClick={onClose} aria-label="Close the list of people">
          ✕
        </button>
      </header>
      <ul>
        {sorted.map((member) => (
          <li key={member.connectionId} title={member.connectionId}>
            <Avatar name={nameOf(member)} />
            <span className="name">{nameOf(member)}</span>
            {member.connectionId === mine && <small>you</small>}
          </li>
        ))}
        {others > 0 && <li className="hint">and {others} more</li>}
      </ul>
    </aside>
  )
}
