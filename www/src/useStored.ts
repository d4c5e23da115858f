import { useState } from 'react'

/** State that the browser keeps. Without storage, as in some private windows, it lasts as long as the page. */
export function useStored<T>(key: string, initial: T) {
  const [value, setValue] = useState<T>(() => read(key) ?? initial)
  const store = (next: T) => {
    setValue(next)
    write(key, next)
  }
  return [value, store] as const
}

const PREFIX = 'gatesocket-chat.'

export function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null') as T | null
  } catch {
    return null
  }
}

export function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value))
  } catch {
    // It lasts as long as the page then.
  }
}
