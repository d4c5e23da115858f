import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'

interface Props {
  room: string
  isShown: boolean
  onSend: (text: string) => void
}

/** API Gateway takes 32 KB in a frame; what is left over is for the names and the id beside the text. */
const MOST_BYTES = 31_000

/** The box to write in. Enter sends, Shift + Enter begins a line. */
export function Composer({ room, isShown, onSend }: Props) {
  const [text, setText] = useState('')
  const id = useId()
  const input = useRef<HTMLTextAreaElement>(null)
  const bytes = bytesOf(text)
  const isTooLong = bytes > MOST_BYTES

  // Where a keyboard covers half of the screen it comes when it is asked for.
  useEffect(() => {
    if (isShown && matchMedia('(pointer: fine)').matches) input.current?.focus()
  }, [isShown])

  const send = () => {
    if (isTooLong || text.trim() === '') return
    onSend(text.trim())
    setText('')
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
    input.current?.focus()
  }
  const keyDown = (event: KeyboardEvent) => {
    // While a word is being composed, Enter chooses it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <form className="composer" onSubmit={submit}>
      <label htmlFor={id} className="unseen">
        Message to {room}
      </label>
      <div className="field">
        <textarea
          id={id}
          ref={input}
          rows={1}
          value={text}
          placeholder={`Message to ${room}`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={keyDown}
          aria-invalid={isTooLong}
          aria-describedby={`${id}-note`}
        />
        <p id={`${id}-note`} className="error" role="status" data-testid="too-long">
          {isTooLong && `Too long: ${bytes.toLocaleString()} bytes, and ${MOST_BYTES.toLocaleString()} can be sent.`}
        </p>
      </div>
      <button type="submit" className="primary" disabled={isTooLong || text.trim() === ''}>
        Send
      </button>
    </form>
  )
}

/** As they are in JSON, where a line's end takes two. */
function bytesOf(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length - 2
}
