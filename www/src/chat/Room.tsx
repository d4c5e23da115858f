import { useEffect, useId, useMemo } from 'react'
import { useRoom } from 'gatesocket/react'
import { Composer } from './Composer.js'
import { isMessage, type Member } from './message.js'
import { Messages } from './Messages.js'
import { People } from './People.js'
import { RoomHeader } from './RoomHeader.js'
import { useEarlier } from './useEarlier.js'
import { useOutgoing } from './useOutgoing.js'
import { useUnread } from './useUnread.js'

interface Props {
  name: string
  isShown: boolean
  otherUnread: number
  isPeopleOpen: boolean
  onPeople: () => void
  onMenu: () => void
  onUnread: (room: string, count: number) => void
}

/** One room: joined as long as this component is there, whether it is shown or not. */
export function Room({ name, isShown, otherUnread, isPeopleOpen, onPeople, onMenu, onUnread }: Props) {
  const room = useRoom(name, { history: 50, limit: 1000 })
  const messages = useMemo(() => room.messages.filter(isMessage), [room.messages])
  const earlier = useEarlier(name, messages)
  const { outgoing, add, retry, discard } = useOutgoing(room.send, messages)
  const { sequence } = (room.answer ?? {}) as { sequence?: number }
  const { unread, mark } = useUnread(messages, sequence, isShown)
  const people = useId()
  useEffect(() => onUnread(name, unread), [onUnread, name, unread])

  return (
    <section className="room" hidden={!isShown} aria-label={`Room ${name}`}>
      <div className="conversation">
        <RoomHeader
          name={name}
          count={room.count}
          otherUnread={otherUnread}
          people={people}
          isPeopleOpen={isPeopleOpen}
          onPeople={onPeople}
          onMenu={onMenu}
        />
        {room.error && (
          <p className="problem" role="alert">
            <strong>{room.error.code}</strong> {room.error.message}
          </p>
        )}
        <Messages
          room={name}
          isShown={isShown}
          isJoined={room.joined}
          messages={earlier.all}
          outgoing={outgoing}
          mark={mark}
          earlier={earlier}
          onRetry={retry}
          onDiscard={discard}
        />
        <Composer room={name} isShown={isShown} onSend={add} />
      </div>
      {isPeopleOpen && <People id={people} members={(room.members ?? []) as Member[]} count={room.count} onClose={onPeople} />}
    </section>
  )
}
