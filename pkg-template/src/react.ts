import * as React from 'react'
import type { ReactNode } from 'react'
import type { Callbacks, GateSocketError as Failure, Match, Room, RoomSendOptions, SessionOptions, Url } from '../types/index.js'
import type {
  From,
  GateSocketProviderProps,
  HookOptions,
  MessagesOptions,
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
import { IDLE, keyOf, LINGER } from './registry.js'
import { handled, SharedSocket } from './shared.js'

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
  useRef,
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
  { throwOnError = false, ...options }: UseGateSocketOptions = {},
): UseGateSocket {
  const shared = useSession(url, options)
  const state = useSyncExternalStore(shared.subscribe, shared.state, idle)
  useEvents(shared, options)
  if (state.error) {
    const isThrown = typeof throwOnError === 'function' ? throwOnError(state.error) : throwOnError && state.status === 'closed'
    if (isThrown) throw state.error
  }
  return useMemo(() => {
    const { send, request, ready } = shared
    return { ...state, send, request, ready, [SESSION]: shared }
  }, [state, shared])
}

export function useStatus(from?: From) {
  const shared = useFrom(from)
  return useSyncExternalStore(shared.subscribe, () => shared.state().status, () => IDLE.status)
}

export function useConnectionId(from?: From) {
  const shared = useFrom(from)
  return useSyncExternalStore(shared.subscribe, () => shared.state().connectionId, () => IDLE.connectionId)
}

export function useMessage(...given: unknown[]): void {
  const [match, listener, options] = (typeof given[0] === 'function' ? [undefined, ...given] : given) as [
    Match | undefined,
    (message: unknown) => void,
    HookOptions | undefined,
  ]
  refuseUnknown(options, ['from'])
  const shared = useFrom(options?.from)
  const latest = useLatest({ match, listener })
  useEffect(
    () =>
      shared.attach((socket) =>
        socket.on('message', (message) => {
          const { match, listener } = latest.current
          if (!match || matches(message, match)) listener(message)
        }),
      ),
    [shared, latest],
  )
}

export function useMessages(options: MessagesOptions = {}): readonly unknown[] {
  refuseUnknown(options, ['from', 'limit', 'match', 'select'])
  const { from, limit = 100, match, select } = options
  const shared = useFrom(from)
  const [list, messages] = useList(limit, shared.name)
  const latest = useLatest({ match, select: select as ((message: unknown) => unknown) | undefined })
  useEffect(
    () =>
      shared.attach((socket) =>
        socket.on('message', (message) => {
          const { match, select } = latest.current
          if (match && !matches(message, match)) return
          const selected = select ? select(message) : message
          if (selected !== undefined) list.add(selected)
        }),
      ),
    [shared, latest, list],
  )
  return messages
}

export function useRequest(message: unknown, options: UseRequestOptions = {}): UseRequest {
  refuseUnknown(options, ['from', 'throwOnError', 'timeout', 'retry'])
  const { from, throwOnError = false, ...sending } = options
  const shared = useFrom(from)
  const isSent = message !== null && shared.given.url !== null
  const [state, setState] = useState<Omit<UseRequest, 'run'>>({ data: undefined, error: null, pending: isSent })
  const latest = useLatest({ message, sending })
  const running = useRef<AbortController | null>(null)

  const send = useCallback(
    async (given?: unknown) => {
      running.current?.abort()
      const controller = (running.current = new AbortController())
      const { signal } = controller
      const settle = (change: Partial<UseRequest>) => {
        if (!signal.aborted) setState((before) => ({ ...before, error: null, pending: false, ...change }))
      }
      setState((before) => (before.pending ? before : { ...before, error: null, pending: true }))
      try {
        const data = await shared.request(given ?? latest.current.message, { ...latest.current.sending, signal })
        settle({ data })
        return data
      } catch (error) {
        settle({ error: error as Failure })
        throw error
      }
    },
    [shared, latest],
  )
  // Its failure is the state's error, for those who do not wait for it.
  const run = useCallback((given?: unknown) => handled(send(given)), [send])

  useEffect(() => shared.attach(() => () => {}), [shared])
  useEffect(() => {
    if (isSent) void run()
    return () => {
      running.current?.abort()
      running.current = null
    }
  }, [run, isSent, isSent ? textOf(message) : null])

  if (state.error && (typeof throwOnError === 'function' ? throwOnError(state.error) : throwOnError)) throw state.error
  return useMemo(() => ({ ...state, run }), [state, run])
}

const OUTSIDE = { joined: false, answer: undefined, members: null, count: null, gap: null, error: null } as const

export function useRoom(name: string | null, options: UseRoomOptions = {}): UseRoom {
  refuseUnknown(options, ['from', 'limit', 'history'])
  const { from, limit = 100, history } = options
  const shared = useFrom(from)
  const [list, messages] = useList(limit, `${shared.name} ${name}`)
  const latest = useLatest(history)
  const [told, tell] = useState<{ of: unknown; state: Omit<UseRoom, 'messages' | 'send'> }>({ of: list, state: OUTSIDE })
  // What was told of another room is not for this one.
  const state = told.of === list ? told.state : OUTSIDE

  useEffect(() => {
    if (name === null) return
    return shared.attach((socket) => {
      const controller = new AbortController()
      const { signal } = controller
      let room: Room | undefined
      const change = (next: Partial<UseRoom>) =>
        tell(({ of, state }) => ({ of: list, state: { ...(of === list ? state : OUTSIDE), ...next } }))
      socket.on('status', (status) => status === 'closed' && change({ joined: false }), { signal })
      const history = latest.current
      socket.join(name, { signal, history }).then(
        (joined) => {
          room = joined
          if (signal.aborted) return room.leave()
          // Which comes again to a component whose effects run anew, as after Fast Refresh or in an Activity.
          if (history) list.clear()
          const look = () => change({ joined: true, answer: joined.answer, members: joined.members, count: joined.count, error: null })
          room.on('message', list.add, { signal })
          room.on('members', look, { signal })
          room.on('joined', look, { signal })
          room.on('gap', (gap) => change({ gap }), { signal })
          look()
        },
        (error) => {
          if (!signal.aborted) change({ error })
        },
      )
      return () => {
        controller.abort()
        // As long as a session lingers, so that StrictMode and a change of route do not leave and join.
        if (room) setTimeout(room.leave, LINGER)
      }
    })
  }, [shared, name, list, latest])

  const send = useCallback(
    (data: unknown, options?: RoomSendOptions) =>
      name === null
        ? Promise.reject(new GateSocketError('closed', 'There is no room while its name is null.'))
        : shared.publish(name, data, options),
    [shared, name],
  )
  return useMemo(() => ({ ...state, messages, send }), [state, messages, send])
}

let sessions = 0

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
  // Not useId, whose names two roots of one page may both give.
  const [id] = useState(() => String(++sessions))
  const { share = true, ...others } = options
  const entries = Object.entries(others).filter(([name]) => !CALLBACKS.includes(name as keyof Callbacks))
  const session: SessionOptions = Object.fromEntries(entries)
  // Functions are new at each render: the first stands for all that follow it.
  const [first] = useState<{ url?: Url }>({})
  if (typeof url === 'function') first.url ??= url
  else delete first.url
  const given = { url: url ?? null, options: session }
  const key = keyOf(first.url ?? given.url, given.options, share ? null : id)
  const own = useKept(key.text, () => new SharedSocket(key, given))
  useInsertionEffect(() => own.rendered(given))
  if (url !== undefined) return own
  if (!above) {
    throw new GateSocketError('url-rejected', 'There is no url here, and no <GateSocketProvider url="…"> above.')
  }
  if (Object.values(session).some((value) => value !== undefined)) {
    throw new GateSocketError('bad-options', 'The session is the one of the GateSocketProvider, which takes its options.')
  }
  return above
}

const NO_OPTIONS = {}

function useFrom(from: From | undefined): SharedSocket {
  const theirs = typeof from === 'object' && from !== null && SESSION in from ? (from[SESSION] as SharedSocket) : null
  const mine = useSession(theirs ? null : (from as Url | null | undefined), NO_OPTIONS)
  return theirs ?? mine
}

function useEvents(shared: SharedSocket, callbacks: Callbacks): void {
  const latest = useLatest({ shared, callbacks })
  // After subscribe, in the same pass of effects: no event can come between the two.
  useEffect(
    () =>
      // With a new URL the callbacks change a moment before the session does: what still comes from
      // the old session is not for them.
      shared.listen(() => (latest.current.shared === shared ? latest.current.callbacks : {})),
    [shared, latest],
  )
}

/** A list of messages and what it shows; another list for another name. */
function useList(limit: number, name: string): [MessageList<unknown>, readonly unknown[]] {
  if (!(limit >= 0)) throw new GateSocketError('bad-options', 'limit must be a number from 0, or Infinity.')
  const list = useKept(name, () => messageList<unknown>(limit))
  const messages = useSyncExternalStore(list.subscribe, list.shown, nothing)
  useEffect(() => {
    list.limit = limit
    list.rendered(messages)
  })
  return [list, messages]
}

/** What `make` made for this key. Unlike what `useMemo` has, it survives Fast Refresh. */
function useKept<T>(key: string, make: () => T): T {
  const [kept, keep] = useState(() => ({ key, value: make() }))
  if (kept.key === key) return kept.value
  const next = { key, value: make() }
  keep(next)
  return next.value
}

/** A ref to this render's value, set before any other effect can read it. */
function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value)
  useInsertionEffect(() => {
    ref.current = value
  })
  return ref
}

const NOTHING: readonly unknown[] = []
const nothing = () => NOTHING
const idle = () => IDLE
