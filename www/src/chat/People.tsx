import { useConnectionId } from 'gatesocket/react'
import { Panel } from '../Panel.js'
import { Avatar } from './Avatar.js'
import { type Member, nameOf } from './message.js'

interface Props {
  id: string
  members: readonly Member[]
  count: number | null
  onClose: () => void
}

/** Who is in the room. A person with two pages is there twice: a member is a connection. */
export function People({ id, members, count, onClose }: Props) {
  const mine = useConnectionId()
  const sorted = [...members].sort((one, other) => nameOf(one).localeCompare(nameOf(other)))
  const others = (count ?? 0) - members.length
  return (
    <Panel
      id={id}
      className="people"
      label="People in this room"
      title="People"
      closeLabel="Close the list of people"
      onClose={onClose}
    >
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
    </Panel>
  )
}
