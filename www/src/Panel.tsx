import { type ReactNode, useLayoutEffect, useRef } from 'react'

interface Props {
  /** What the button that opens it has as its `aria-controls`. */
  id: string
  className: string
  /** What it is called. */
  label: string
  title: string
  closeLabel: string
  onClose: () => void
  children: ReactNode
}

/** What stands on the right of the room, or in its place where there is no space for both. */
export function Panel({ id, className, label, title, closeLabel, onClose, children }: Props) {
  const panel = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const { current } = panel
    return () => {
      // The keyboard goes on where it was before, once that is shown again.
      if (current?.contains(document.activeElement)) queueMicrotask(() => focusOpener(id))
    }
  }, [id])

  return (
    <aside id={id} ref={panel} className={`panel ${className}`} aria-label={label}>
      <header>
        <h2>{title}</h2>
        <button type="button" className="quiet" onClick={onClose} aria-label={closeLabel}>
          ✕
        </button>
      </header>
      {children}
    </aside>
  )
}

/** On phones the button may stand in the list of rooms, to which another one leads. */
function focusOpener(id: string) {
  const openers = document.querySelectorAll<HTMLElement>(`[aria-controls="${id}"], .to-menu`)
  ;[...openers].find((one) => one.checkVisibility())?.focus()
}
