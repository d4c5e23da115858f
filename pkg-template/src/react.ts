import * as React from 'react'
import type { ReactNode } from 'react'
import type { Callbacks, GateSocketError as Failure, Match, RoomSendOptions, SessionOptions, Url } from '../types/index.js'
import type {
  From,
  GateSocketProviderProps,
  HookOptions,
  MessagesOptions,
  ThrowOnError,
  UseGateSocket,
  UseGateSocketOptions,
  UseRequest,
  UseRequestOptions,
  UseRoom,
  UseRoomOptions,
} from '../types/react.js'
import { __CALLBACKS as CALLBACKS, __matches as matches, __refuseUnknown as refuseUnknown, GateSocketError } from './index.js'
import { messageList, type MessageList } from './list.js'
import { textOf } from './live.js'
import { keyOf } from './registry.js'
import { IDLE, Time, type SharedState } from './entry.js'
import { SharedSocket } from './shared.js'

// React 17 lacks two of these, and the React of server components most: imported by name they would break the build, or
// the import on a server, before anything can say why.
const {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useInsertionEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} = React

/** Where a {@link UseGateSocket} keeps its session. */
const SESSION = Symbol('session')

const Above = (createContext as typeof createContext | undefined)?.<SharedSocket | null>(null)

export function GateSocketProvider({ url, options = {}, children }: GateSocketProviderProps): ReactNode {
  const shared = useSession(url, options)
  useEvents(shared, options)
  return createElement(Above!.Provider, { value: shared }, children)
}

export function useGateSocket(
  url?: Url | null,
  { throwOnError, ...options }: UseGateSocketOptions = {},
): UseGateSocket {
  const shared = useSession(url, options)
  const state = useSyncExternalStore(shared.subscribe, shared.state, idle)
  useEvents(shared, options)
  throwIfWanted(throwOnError, state.error, state.status === 'closed')
  return useMemo(
    () => ({ ...state, send: shared.send, request: shared.request, ready: shared.ready, [SESSION]: shared }),
    [state, shared],
  )
}

export function useStatus(from?: From) {
  return useField(from, 'status')
}

export function useConnectionId(from?: From) {
  return useField(from, 'connectionId')
}

export function useMessage(...given: unknown[]): void {
  const [match, listener, options] = (typeof given[0] === 'function' ? [undefined, ...given] : given) as [
    Match | undefined,
    (message: unknown) => void,
    HookOptions | undefined,
  ]
  refuseUnknown(options, ['from'])
  useListener(useFrom(options?.from), match, (message) => listener(message))
}

export function useMessages(options: MessagesOptions = {}): readonly unknown[] {
  refuseUnknown(options, ['from', 'limit', 'match', 'select'])
  const { from, limit, match, select = (message) => message } = options as Omit<MessagesOptions, 'select'> & {
    select?: (message: unknown) => unknown
  }
  const shared = useFrom(from)
  const [list, messages] = useList(limit, shared.key.text)
  useListener(shared, match, (message, teller) => {
    // With a new URL the list changes a moment before the session does: what still comes from the old one is not for it.
    if (teller.key.text !== shared.key.text) return
    const selected = select(message)
    if (selected !== undefined) list.add(selected)
  })
  return messages
}

export function useRequest(message: unknown, options: UseRequestOptions = {}): UseRequest {
  refuseUnknown(options, ['from', 'throwOnError', 'timeout', 'retry'])
  const { from, throwOnError, ...sending } = options
  const shared = useFrom(from)
  const isSent = message !== null && shared.given.url !== null
  const [state, setState] = useState<Omit<UseRequest, 'run'>>({ data: undefined, error: null, pending: isSent })
  const latest = useLatest({ message, sending })
  const [running] = useState<{ controller?: AbortController }>({})

  const run = useCallback(
    (given?: unknown) => {
      running.controller?.abort()
      const { signal } = (running.controller = new AbortController())
      const change = (next: Partial<UseRequest>) => {
        if (!signal.aborted) {
          setState((before) => (before.pending === next.pending ? before : { ...before, error: null, ...next }))
        }
      }
      change({ pending: true })
      const answer = shared.request(given ?? latest.current.message, { ...latest.current.sending, signal })
      answer.then((data) => change({ data, pending: false }), (error) => change({ error, pending: false }))
      return answer
    },
    [shared],
  )

  useEffect(() => shared.subscribe(() => {}), [shared])
  useEffect(() => {
    if (isSent) run()
    return () => running.controller?.abort()
  }, [run, isSent && textOf(message)])

  throwIfWanted(throwOnError, state.error)
  return useMemo(() => ({ ...state, run }), [state, run])
}

const OUTSIDE = { joined: false, answer: undefined, members: null, count: null, gap: null, error: null } as const

export function useRoom(name: string | null, options: UseRoomOptions = {}): UseRoom {
  refuseUnknown(options, ['from', 'limit', 'history'])
  const { from, limit, history } = options
  const shared = useFrom(from)
  const key = `${shared.key.text} ${name}`
  const [list, messages] = useList(limit, key)
  const latest = useLatest(history)
  const [state, tell] = useKept<Omit<UseRoom, 'messages' | 'send'>>(key, () => OUTSIDE)

  useEffect(() => {
    if (name === null) return
    return shared.attach((socket) => {
      const controller = new AbortController()
      const { signal } = controller
      const own = { signal }
      const change = (next: Partial<UseRoom>) => {
        if (!signal.aborted) tell((state) => ({ ...state, ...next }))
      }
      socket.on('status', (status) => status === 'closed' && change({ joined: false }), own)
      const history = latest.current
      const joining = socket.join(name, { signal, history })
      joining.then(
        (room) => {
          // Which comes again to a component whose effects run anew, as after Fast Refresh or in an Activity.
          if (history && !signal.aborted) list.clear()
          const look = () => change({ joined: true, answer: room.answer, members: room.members, count: room.count, error: null })
          room.on('message', list.add, own)
          room.on('members', look, own)
          room.on('joined', look, own)
          room.on('gap', (gap) => change({ gap }), own)
          look()
        },
        (error) => change({ error }),
      )
      return () => {
        controller.abort()
        // As long as a session lingers, so that StrictMode and a change of route do not leave and join.
        joining.then(({ leave }) => setTimeout(leave, Time.Linger), () => {})
      }
    })
  }, [shared, name, list])

  const send = useCallback(
    async (data: unknown, options?: RoomSendOptions) => {
      if (name === null) throw new GateSocketError('closed', 'There is no room while its name is null.')
      return shared.publish(name, data, options)
    },
    [shared, name],
  )
  return useMemo(() => ({ ...state, messages, send }), [state, messages, send])
}

/** The session for a URL and options, or the one of the provider above where the URL is undefined. */
function useSession(url: Url | null | undefined, options: UseGateSocketOptions): SharedSocket {
  if (!Above) {
    throw new GateSocketError('unsupported', "A server component has no hooks. Begin the file that calls this one with 'use client'.")
  }
  if (typeof useSyncExternalStore !== 'function') {
    throw new GateSocketError(
      'unsupported',
      `gatesocket/react needs React 18 or later; this page has React ${React.version}. Update react and react-dom.`,
    )
  }
  const above = useContext(Above)
  // Functions are new at each render: the first stands for all that follow it.
  const [first] = useState<{ url?: Url }>({})
  if (typeof url === 'function') first.url ??= url
  else delete first.url
  const { share = true, ...others } = options
  const session = Object.entries(others).filter(
    ([name, value]) => value !== undefined && !CALLBACKS.includes(name as keyof Callbacks),
  )
  const given = { url: url ?? null, options: Object.fromEntries(session) as SessionOptions }
  const key = keyOf(first.url ?? given.url, given.options, share ? null : first)
  const [own] = useKept(key.text, () => new SharedSocket(key, given))
  useInsertionEffect(() => own.rendered(given))
  if (url !== undefined) return own
  if (!above) {
    throw new GateSocketError('url-rejected', 'There is no url here, and no <GateSocketProvider url="…"> above.')
  }
  if (session.length > 0) {
    throw new GateSocketError('bad-options', 'The session is the one of the GateSocketProvider, which takes its options.')
  }
  return above
}

const NO_OPTIONS = {}

function useFrom(from: From | undefined): SharedSocket {
  const theirs = (from as { [SESSION]?: SharedSocket } | null | undefined)?.[SESSION]
  const mine = useSession(theirs ? null : (from as Url | null | undefined), NO_OPTIONS)
  return theirs ?? mine
}

function useField<Name extends 'status' | 'connectionId'>(from: From | undefined, name: Name): SharedState[Name] {
  const shared = useFrom(from)
  return useSyncExternalStore(shared.subscribe, () => shared.state()[name], () => IDLE[name])
}

/** Tells the messages that fit to the latest listener, and whose they are. */
function useListener(
  shared: SharedSocket,
  match: Match | undefined,
  listener: (message: unknown, teller: SharedSocket) => void,
): void {
  const latest = useLatest({ match, listener })
  useEffect(
    () =>
      shared.attach((socket) =>
        socket.on('message', (message) => {
          const { match, listener } = latest.current
          if (matches(message, match)) listener(message, shared)
        }),
      ),
    [shared],
  )
}

/** Throws an error for the error boundary where the option is a function that says so, or true and it is `final`. */
function throwIfWanted(option: ThrowOnError | undefined, error: Failure | null, final = true): void {
  if (error && (typeof option === 'function' ? option(error) : option && final)) throw error
}

function useEvents(shared: SharedSocket, callbacks: Callbacks): void {
  const latest = useLatest({ shared, callbacks })
  // After subscribe, in the same pass of effects: no event can come between the two.
  useEffect(
    () =>
      // With a new URL the callbacks change a moment before the session does: what still comes from
      // the old session is not for them.
      shared.passOn(() => (latest.current.shared === shared ? latest.current.callbacks : {})),
    [shared],
  )
}

/** A list of messages and what it shows; another list for another name. */
function useList(limit = 100, name: string): [MessageList<unknown>, readonly unknown[]] {
  if (!(limit >= 0)) throw new GateSocketError('bad-options', 'limit must be a number from 0, or Infinity.')
  const [list] = useKept(name, () => messageList<unknown>(limit))
  const messages = useSyncExternalStore(list.subscribe, list.shown, list.shown)
  useEffect(() => {
    list.limit = limit
    list.rendered(messages)
  })
  return [list, messages]
}

/** What `make` made for this key, and what changes it as long as it is for this key. Unlike `useMemo`, it survives Fast Refresh. */
function useKept<T>(key: string, make: () => T): [T, (change: (value: T) => T) => void] {
  const made = () => ({ key, value: make() })
  let [kept, keep] = useState(made)
  if (kept.key !== key) keep((kept = made()))
  return [kept.value, (change) => keep((kept) => (kept.key === key ? { key, value: change(kept.value) } : kept))]
}

/** A ref to this render's value, set before any other effect can read it. */
function useLatest<T>(value: T): { readonly current: T } {
  const [ref] = useState({ current: value })
  useInsertionEffect(() => {
    ref.current = value
  })
  return ref
}

const idle = () => IDLE
