import type { Direction, LogEntry } from './useLog.js'

const ARROW: Record<Direction, string> = { in: '←', out: '→', note: '•' }
const SPOKEN: Record<Direction, string> = { in: 'received', out: 'sent', note: 'note' }

/** Messages both ways, newest first. */
export function Log({ entries }: { entries: readonly LogEntry[] }) {
  return (
    <section className="card log">
      <h2>
        Messages <small>{entries.length}</small>
      </h2>
      {entries.length === 0 && <p className="hint">Nothing yet.</p>}
      <ol data-testid="log">
        {entries.map(({ id, at, direction, from, body }) => (
          <li key={id} className={direction}>
            <span className="arrow" aria-label={SPOKEN[direction]}>
              {ARROW[direction]}
            </span>
            <div>
              <p className="meta">
                <b>{from}</b>
                <time dateTime={at.toISOString()}>{at.toTimeString().slice(0, 8)}</time>
              </p>
              <code>{typeof body === 'string' ? body : JSON.stringify(body)}</code>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
