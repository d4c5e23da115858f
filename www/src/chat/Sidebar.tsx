import { HOOD } from '../hood/Hood.js'
import { JoinForm } from './JoinForm.js'
import { linkTo } from './useRooms.js'
import { ConnectionStatus } from './ConnectionStatus.js'
import { You } from './You.js'

interface Props {
  rooms: readonly string[]
  room: string
  unread: Readonly<Record<string, number>>
  name: string
  onName: (name: string) => void
  onLeave: (room: string) => void
  onShow: () => void
  isHoodOpen: boolean
  onHood: () => void
}

/** The rooms that one is in, and oneself. */
export function Sidebar({ rooms, room, unread, name, onName, onLeave, onShow, isHoodOpen, onHood }: Props) {
  return (
    <nav className="sidebar" aria-label="Rooms">
      <p className="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        gatesocket chat
      </p>
      <ul className="room-list">
        {rooms.map((one) => (
          <li key={one} className={one === room ? 'current' : ''}>
            <a href={linkTo(one)} aria-current={one === room ? 'page' : undefined} onClick={onShow}>
              <span className="room-name">
                <span aria-hidden="true"># </span>
                {one}
              </span>
              <Unread count={unread[one] ?? 0} />
            </a>
            {rooms.length > 1 && (
              <button type="button" className="quiet" onClick={() => onLeave(one)} aria-label={`Leave ${one}`}>
                ✕
              </button>
            )}
          </li>
        ))}
      </ul>
      <JoinForm />
      <div className="foot">
        <button type="button" className="hood-button" aria-expanded={isHoodOpen} aria-controls={HOOD} onClick={onHood}>
          Under the hood
        </button>
        <You name={name} onName={onName} />
        <ConnectionStatus />
      </div>
    </nav>
  )
}

function Unread({ count }: { count: number }) {
  if (count === 0) return null
  return (
    <span className="badge" data-testid="unread">
      {count > 99 ? '99+' : count}
      <span className="unseen"> unread</span>
    </span>
  )
}
