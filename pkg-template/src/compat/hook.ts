import * as React from 'react'
import { useEffect, useState } from 'react'
import type { Options, SendJsonMessage, SendMessage, WebSocketHook } from '../../types/compat/react-use-websocket.js'
import { GateSocketError } from '../index.js'
import type { Source } from './address.js'
import { guard } from './guarded.js'
import { Member, Outbox } from './member.js'
import { check } from './options.js'
import { ReadyState } from './ready-state.js'
import { Screen, type Received } from './screen.js'

// React 17 has none: imported by name it would break the build before anything can say why.
const { useInsertionEffect } = React

/** What one component keeps from its first render to its last. */
class Own {
  options: Options = {}
  member: Member | null = null
  readonly screen: Screen
  readonly outbox = new Outbox()

  constructor(show: (received: Received | null) => void) {
    this.screen = new Screen(show)
  }

  sendMessage: SendMessage = (message, keep = true) => {
    if (this.member) this.member.send(message, keep)
    else if (keep) this.outbox.keep(message, 0)
  }

  sendJsonMessage: SendJsonMessage = (message, keep) => this.sendMessage(JSON.stringify(message), keep)

  getWebSocket = (): WebSocket | null => {
    const socket = this.member?.connection?.socket ?? null
    return socket && this.options.share === true ? guard(socket) : socket
  }
}

/** Where a connection stands, and which one. */
interface Stage {
  of: string | Source | null
  parameters: string
  state: ReadyState
}

export function useWebSocket<T = unknown>(
  url: Source | null,
  options: Options = {},
  connect = true,
): WebSocketHook<T> {
  if (typeof useInsertionEffect !== 'function') {
    throw new GateSocketError('unsupported', `This hook needs React 18 or later; this page has React ${React.version}.`)
  }
  check(options)
  const [last, show] = useState<Received | null>(null)
  const [stage, setStage] = useState<Stage | null>(null)
  const [own] = useState(() => new Own(show))
  const parameters = options.queryParams ? JSON.stringify(options.queryParams) : ''
  const isWanted = url !== null && connect === true

  useInsertionEffect(() => {
    own.options = options
    own.screen.rendered(last)
  })

  useEffect(() => {
    if (!isWanted) return
    const tell = (state: ReadyState) =>
      setStage((before) => {
        const isSame = before?.of === url && before.parameters === parameters && before.state === state
        return isSame ? before : { of: url, parameters, state }
      })
    const member = new Member(url, () => own.options, own.screen, own.outbox, tell)
    own.member = member
    void member.join()
    return () => {
      member.leave()
      setStage((before) => before && { ...before, state: ReadyState.CLOSED })
    }
  }, [url, isWanted, parameters, own])

  const { sendMessage, sendJsonMessage, getWebSocket, screen } = own
  const lastMessage = last && last.event
  const lastJsonMessage = (last && !options.disableJson ? last.json : null) as T
  const readyState = stateOf()
  if (screen.isRead) return { sendMessage, sendJsonMessage, lastMessage, lastJsonMessage, readyState, getWebSocket }
  // A component that reads neither is not rendered for each message.
  return {
    sendMessage,
    sendJsonMessage,
    get lastMessage() {
      screen.isRead = true
      return lastMessage
    },
    get lastJsonMessage() {
      screen.isRead = true
      return lastJsonMessage
    },
    readyState,
    getWebSocket,
  }

  function stateOf(): ReadyState {
    if (!isWanted) return stage ? ReadyState.CLOSED : ReadyState.UNINSTANTIATED
    return stage && stage.of === url && stage.parameters === parameters ? stage.state : ReadyState.CONNECTING
  }
}
