import type { FormEvent, ReactNode } from 'react'

interface Props {
  className: string
  /** The id of the field that it is about, and what that is called. */
  field: string
  label: string
  onSubmit: () => void
  children: ReactNode
}

/** A form below its field's name as a heading. */
export function HoodForm({ className, field, label, onSubmit, children }: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form className={className} onSubmit={submit}>
      <h3>
        <label htmlFor={field}>{label}</label>
      </h3>
      {children}
    </form>
  )
}
