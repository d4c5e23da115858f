// A component whose session is replaced by that of another URL, while the old one still tells.
import { cleanup, render } from '@testing-library/react'
import { useLayoutEffect, useState } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { useMessages } from 'gatesocket/react'

/** WebSockets that open at once, with the connectionId that is asked for. */
const sockets: Opening[] = []
class Opening extends EventTarget {
  binaryType = 'blob'
  bufferedAmount = 0
  protocol = ''
  readyState = 0
  constructor(readonly url: string) {
    super()
    sockets.push(this)
    setTimeout(() => {
      this.readyState = 1
      this.dispatchEvent(new Event('open'))
    })
  }
  send(): void {
    setTimeout(() => this.deliver({ connectionId: this.url }))
  }
  deliver(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
  close(): void {
    if (this.readyState === 3) return
    this.readyState = 3
    setTimeout(() => this.dispatchEvent(Object.assign(new Event('close'), { code: 1000, reason: '', wasClean: true })))
  }
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

test('what the old session tells between a commit and its effects is not in the list of the new one', async () => {
  vi.stubGlobal('WebSocket', Opening)
  // Within `act` the effects would follow the commit at once.
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false)
  let setUrl!: (url: string) => void
  let shown: readonly unknown[] = []
  function Reader() {
    const [url, set] = useState('ws://old.test/')
    setUrl = set
    shown = useMessages({ from: url })
    useLayoutEffect(() => {
      if (url.includes('new')) queueMicrotask(() => sockets[0]!.deliver({ of: 'old' }))
    }, [url])
    return null
  }
  render(<Reader />)
  await vi.waitFor(() => expect(sockets[0]?.readyState).toBe(1))
  // No click of a user's, whose effects React runs with the commit.
  await new Promise<void>((resolve) => setTimeout(() => (setUrl('ws://new.test/'), resolve()), 50))
  await vi.waitFor(() => expect(sockets[1]?.readyState).toBe(1))
  sockets[1]!.deliver({ of: 'new' })
  await vi.waitFor(() => expect(shown).toEqual([{ of: 'new' }]))
})
