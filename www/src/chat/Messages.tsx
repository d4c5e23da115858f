import { useMemo } from 'react'
import { MessageItem } from './MessageItem.js'
import type { Message } from './message.js'
import { OutgoingItem } from './OutgoingItem.js'
import { rowsOf } from './rows.js'
import { useScroll } from './useScroll.js'
import type { Outgoing } from './useOutgoing.js'

interface Props {
  room: string
  isShown: boolean
  isJoined: boolean
  messages: readonly Message[]
  outgoing: readonly Outgoing[]
  mark: string | null
  earlier: { hasMore: boolean; isLoading: boolean; problem: string | null; load: () => Promise<void> }
  onRetry: (message: Outgoing) => void
  onDiscard: (message: Outgoing) => void
}

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })

/** What was said, oldest first. */
export function Messages({ room, isShown, isJoined, messages, outgoing, mark, earlier, onRetry, onDiscard }: Props) {
  const rows = useMemo(() => rowsOf(messages, mark), [messages, mark])
  const { box, onScroll, isAway, toEnd } = useScroll({
    first: messages[0]?.sequence,
    sent: outgoing.length,
    isShown,
    onTop: () => void earlier.load(),
  })
  const isEmpty = messages.length === 0 && outgoing.length === 0

  return (
    <div className="messages">
      <div
        className="scroll"
        ref={box}
        onScroll={onScroll}
        role="log"
        aria-label={`Messages in ${room}`}
        aria-busy={!isJoined}
        tabIndex={0}
        data-testid="messages"
      >
        {earlier.hasMore && (
          <p className="earlier">
            {/* Scrolling up does the same. */}
            <button type="button" onClick={() => void earlier.load()} disabled={earlier.isLoading}>
              {earlier.isLoading ? 'Loading …' : 'Earlier messages'}
            </button>
            {earlier.problem && <span className="error">{earlier.problem}</span>}
          </p>
        )}
        {isEmpty && <p className="empty">{isJoined ? 'Nothing has been said here yet.' : 'Joining …'}</p>}
        <ol>
          {rows.map((row) => {
            switch (row.kind) {
              case 'day':
                return <li key={row.key} className="line">{DAY.format(row.at)}</li>
              case 'gap':
                return <li key={row.key} className="line">{row.count} messages are no longer kept</li>
              case 'new':
                return <li key={row.key} className="line new">New</li>
              default:
                return <MessageItem key={row.key} message={row.message} isOwn={row.isOwn} starts={row.starts} />
            }
          })}
          {outgoing.map((message) => (
            <OutgoingItem key={message.id} message={message} onRetry={onRetry} onDiscard={onDiscard} />
          ))}
        </ol>
      </div>
      {isAway && (
        <button type="button" className="to-end" onClick={toEnd}>
          ↓ Newest
        </button>
      )}
    </div>
  )
}
