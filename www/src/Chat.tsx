import { useCallback, useEffect, useState } from 'react'
import { Room } from './chat/Room.js'
import { Sidebar } from './chat/Sidebar.js'
import { useRooms } from './chat/useRooms.js'
import { Hood } from './hood/Hood.js'

interface Props {
  url: string
  name: string
  onName: (name: string) => void
  onConnect: (url: string) => void
}

export type Panel = 'people' | 'hood'

/** Rooms on the left, the one that is shown in the middle, and on the right who is there or what goes on. */
export function Chat({ url, name, onName, onConnect }: Props) {
  const { rooms, room, leave } = useRooms()
  const [unread, setUnread] = useState<Readonly<Record<string, number>>>({})
  const [panel, setPanel] = useState<Panel | null>(null)
  // On phones: the rooms take the place of the one that is shown.
  const [isMenuOpen, setMenuOpen] = useState(false)

  useEffect(() => setMenuOpen(false), [room])
  const count = rooms.reduce((sum, one) => sum + (unread[one] ?? 0), 0)
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ''}${room} · gatesocket chat`
  }, [room, count])

  const tellUnread = useCallback((of: string, count: number) => setUnread((before) => ({ ...before, [of]: count })), [])
  const toggle = (which: Panel) => setPanel(panel === which ? null : which)

  return (
    <div className={`app ${isMenuOpen ? 'menu' : ''} ${panel ? 'has-panel' : ''}`}>
      <Sidebar
        rooms={rooms}
        room={room}
        unread={unread}
        name={name}
        onName={onName}
        onLeave={leave}
        onShow={() => setMenuOpen(false)}
        isHoodOpen={panel === 'hood'}
        onHood={() => {
          toggle('hood')
          setMenuOpen(false)
        }}
      />
      <main className="rooms">
        {/* All are joined, and keep what was typed; one is shown. */}
        {rooms.map((one) => (
          <Room
            key={`${url} ${one}`}
            name={one}
            isShown={one === room}
            otherUnread={count - (unread[one] ?? 0)}
            isPeopleOpen={panel === 'people'}
            onPeople={() => toggle('people')}
            onMenu={() => setMenuOpen(true)}
            onUnread={tellUnread}
          />
        ))}
      </main>
      {panel === 'hood' && <Hood url={url} room={room} onConnect={onConnect} onClose={() => setPanel(null)} />}
    </div>
  )
}
