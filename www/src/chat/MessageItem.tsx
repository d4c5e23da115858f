import { memo } from 'react'
import { Avatar } from './Avatar.js'
import { Linked } from './Linked.js'
import { type Message, nameOf, textOf } from './message.js'

interface Props {
  message: Message
  isOwn: boolean
  starts: boolean
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** A message, with its author where another one begins to speak. */
export const MessageItem = memo(function MessageItem({ message, isOwn, starts }: Props) {
  const author = nameOf(message.from)
  const at = new Date(message.at)
  return (
    <li className={`message ${isOwn ? 'own' : ''} ${starts ? 'starts' : ''}`} data-testid="message" data-sequence={message.sequence}>
      {starts && !isOwn && <Avatar name={author} />}
      <div className="bubble">
        {starts && (
          <p className="meta">
            <b>{isOwn ? 'You' : author}</b>
            <time dateTime={at.toISOString()}>{TIME.format(at)}</time>
          </p>
        )}
        <p className="text" title={at.toLocaleString()}>
          <Linked text={textOf(message)} />
        </p>
      </div>
    </li>
  )
})
