import type { Direction, LogEntry } from './wireLog.js'

const ARROW: Record<Direction, string> = { in: '←', out: '→', note: '•' }

/** Frames both ways, newest first. */
export function Log({ entries }: { entries: readonly LogEntry[] }) {
  return (
    <section className="log">
      <h3>
        On the wire <small>{entries.length}</small>
      </h3>
      {entries.length === 0 && <p className="hint">Nothing yet.</p>}
      <ol data-testid="log" tabIndex={0} aria-label="Frames, newest first">
        {entries.map(({ id, at, direction, from, text }) => (
          <li key={id} className={direction}>
            <span className="arrow" aria-hidden="true">
              {ARROW[direction]}
            </span>
            <div>
              <p className="meta">
                <b>{from}</b>
                <time dateTime={at.toISOString()}>{at.toTimeString().slice(0, 8)}</time>
              </p>
              <code>{text}</code>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
