import { useEffect, useLayoutEffect, useRef, useState } from 'react'

interface Given {
  /** The number of the first message: smaller when earlier ones were put before it. */
  first: number | undefined
  /** How many of one's own are on their way: with another one the end is shown. */
  sent: number
  isShown: boolean
  /** Called when the beginning comes into sight. */
  onTop: () => void
}

/** So near to an edge, in pixels, counts as there. */
const NEAR = 80

/** Stays at the newest message, unless somebody scrolled up; then what is read stays where it is. */
export function useScroll({ first, sent, isShown, onTop }: Given) {
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const before = useRef({ first, sent, height: 0 })
  const [isAway, setAway] = useState(false)

  useLayoutEffect(() => {
    const element = box.current
    if (!element || !isShown) return
    if (sent > before.current.sent) isAtEnd.current = true
    if (isAtEnd.current) element.scrollTop = element.scrollHeight
    else if ((first ?? 0) < (before.current.first ?? 0)) element.scrollTop += element.scrollHeight - before.current.height
    before.current = { first, sent, height: element.scrollHeight }
  })

  // A keyboard on the screen, or a box that grows, takes from the messages' height.
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const onScroll = () => {
    const element = box.current
    if (!element || element.clientHeight === 0) return
    const isScrollable = element.scrollHeight > element.clientHeight
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR
    setAway(!isAtEnd.current)
    if (isScrollable && !isAtEnd.current && element.scrollTop < NEAR) onTop()
  }
  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
    box.current?.focus()
  }
  return { box, onScroll, isAway, toEnd }
}
