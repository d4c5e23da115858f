import { Linked } from './Linked.js'
import type { Outgoing } from './useOutgoing.js'

interface Props {
  message: Outgoing
  onRetry: (message: Outgoing) => void
  onDiscard: (message: Outgoing) => void
}

/** A message of one's own on its way, or one that could not be sent. */
export function OutgoingItem({ message, onRetry, onDiscard }: Props) {
  const { data, problem } = message
  return (
    <li className={`message own ${problem === null ? 'pending' : 'failed'}`} data-testid={problem === null ? 'pending' : 'failed'}>
      <div className="bubble">
        <p className="text">
          <Linked text={data} />
        </p>
      </div>
      {problem === null ? (
        <p className="delivery">Sending …</p>
      ) : (
        <p className="delivery" role="alert">
          <span>Not sent. {problem}</span>
          <button type="button" className="quiet" onClick={() => onRetry(message)}>
            Try again
          </button>
          <button type="button" className="quiet" onClick={() => onDiscard(message)}>
            Discard
          </button>
        </p>
      )}
    </li>
  )
}
