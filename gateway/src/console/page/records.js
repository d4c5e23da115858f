// The stream of events and log lines, and its filters.

/** Records that the page keeps, and rows that it shows of them. */
const KEPT = 8000
const SHOWN = 1500

const KINDS = {
  All: null,
  Connections: ['connected', 'refused', 'disconnected', 'event'],
  Messages: ['message', 'post', 'sent'],
  Functions: ['function'],
  Faults: ['fault'],
  Errors: 'error',
}
const LABELS = {
  gateway: 'gateway',
  connected: '● open',
  refused: '✕ refused',
  event: 'event',
  message: '↑ message',
  post: '↓ post',
  sent: '↓ gateway',
  disconnected: '○ closed',
  function: 'function',
  fault: '⚡ fault',
}

let records = []
let fresh = []
let frame = 0
let paused = false
let kind = 'All'
let run

/** Node's and Python's runtimes write a level into each line; what the gateway calls an error is one as well. */
function isError({ kind, level, text }) {
  return level === 'error' || (kind === 'function' && /\tERROR\t|^\[ERROR\]/.test(text))
}

/** A line in short: without what stands in the other columns. */
function brief({ kind, text }) {
  if (kind !== 'function') return text.split('\n', 1)[0]
  const line = text.startsWith('END ') ? text.slice(text.indexOf('\n') + 1) : text.split('\n', 1)[0]
  return line
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]+\t/, '')
    .replace(/ ?RequestId: [\w-]{36}/, '')
    .replaceAll('\t', '  ')
}

function isWanted(record) {
  if (record.lost) return !selected
  if (selected && record.connectionId !== selected) return false
  const wanted = KINDS[kind]
  if (wanted === 'error' ? !isError(record) : wanted && !wanted.includes(record.kind)) return false
  const name = $('function').value
  if (name && record.function !== name) return false
  const sought = $('text').value.trim().toLowerCase()
  if (!sought) return true
  record.searched ??= Object.values(record).join('\n').toLowerCase()
  return record.searched.includes(sought)
}

function recordRow(record) {
  if (record.lost) return element('li', { className: 'gap' }, `${record.lost} records came faster than they could be shown`)
  const { kind, connectionId, function: name, routeKey, body, bodyBytes } = record
  const level = isError(record) ? 'error' : record.level
  const what = element('span', { className: 'what' })
  if (kind === 'message' || kind === 'event') what.append(element('b', {}, routeKey ?? 'no route'))
  what.append(body === undefined || kind === 'event' ? brief(record) : body.slice(0, 400))
  if (bodyBytes !== undefined && kind !== 'event') what.append(element('span', { className: 'size' }, size(bodyBytes)))
  const of = connectionId
    ? element('button', { type: 'button', className: 'of', title: `Show only ${connectionId}` }, connectionId.slice(0, 8))
    : element('span', { className: 'faint' }, name ? 'init' : '')
  if (connectionId) of.addEventListener('click', (event) => (event.preventDefault(), select(connectionId)))
  const summary = element(
    'summary', {},
    element('time', { dateTime: record.time }, timeOfDay(record.time)),
    element('span', { className: 'kind' }, LABELS[kind] ?? kind),
    of, what,
  )
  const details = element('details', {}, summary)
  details.addEventListener('toggle', () => details.open && details.childElementCount === 1 && showDetails(details, record))
  return element('li', { data: { kind, level } }, details)
}

function showDetails(details, { text, body, bodyBytes, ...ids }) {
  const names = { connectionId: 'connection', requestId: 'request', function: 'function', routeKey: 'route', time: 'time' }
  const list = element('dl')
  for (const [key, name] of Object.entries(names)) {
    if (ids[key]) list.append(element('dt', {}, name), element('dd', {}, ids[key]))
  }
  const kept = body === undefined ? text : pretty(body)
  const isCut = body !== undefined && bodyBytes > new TextEncoder().encode(body).length
  details.append(element('pre', {}, isCut ? `${kept}\n… cut here: the whole has ${size(bodyBytes)}` : kept), list)
}

/** Shows all that is wanted, anew. */
function showRecords() {
  fresh = []
  const wanted = records.filter(isWanted).slice(-SHOWN)
  $('records').replaceChildren(...wanted.map(recordRow))
  $('records').scrollTop = $('records').scrollHeight
  $('no-records').textContent = records.length
    ? 'Nothing that is kept fits the filters.'
    : "Nothing yet. Events of connections, posts to them and the functions' log lines appear here."
  $('newest').hidden = true
}

function isAtEnd() {
  const list = $('records')
  return list.scrollHeight - list.scrollTop - list.clientHeight < 40
}

/** Shows what has come since the last frame. */
function showFresh() {
  frame = 0
  const list = $('records')
  const follows = isAtEnd()
  const wanted = fresh.filter(isWanted).slice(-SHOWN)
  fresh = []
  if (!wanted.length) return
  list.append(...wanted.map(recordRow))
  while (list.childElementCount > SHOWN && follows) list.firstChild.remove()
  if (follows) list.scrollTop = list.scrollHeight
  else $('newest').hidden = false
}

function add(record) {
  records.push(record)
  if (records.length > KEPT + 500) records = records.slice(-KEPT)
  if (paused) {
    paused += 1
    $('pause').textContent = `Resume (${paused - 1} new)`
    return
  }
  fresh.push(record)
  // A page that nobody sees gets no frames; it is shown anew when it is seen again.
  if (fresh.length > KEPT) fresh = fresh.slice(-KEPT)
  frame ||= requestAnimationFrame(showFresh)
}

function live(state, text) {
  $('live').dataset.state = state
  $('live').textContent = text
}

function follow() {
  const source = new EventSource(`${API}/events`)
  source.addEventListener('open', () => {
    live('live', 'live')
    attempt(showOverview)
    showConnections()
    showFaults()
  })
  source.addEventListener('run', ({ data }) => {
    const started = JSON.parse(data).run
    if (run && run !== started) {
      records = []
      showRecords()
    }
    run = started
  })
  source.addEventListener('lost', ({ data }) => add({ lost: JSON.parse(data).count }))
  source.addEventListener('message', ({ data }) => {
    const record = JSON.parse(data)
    add(record)
    if (record.kind === 'connected' || record.kind === 'disconnected') soon(showConnections)
    if (record.kind === 'fault') soon(showFaults)
  })
  source.addEventListener('error', () => {
    live('lost', 'no gateway: trying again')
    if (source.readyState !== EventSource.CLOSED) return
    source.close()
    setTimeout(follow, 2000)
  })
}

const waiting = new Set()
/** Calls once for many reasons that come together. */
function soon(action) {
  if (waiting.has(action)) return
  waiting.add(action)
  setTimeout(() => (waiting.delete(action), action()), 100)
}

for (const name of Object.keys(KINDS)) {
  const button = element('button', { type: 'button', 'aria-pressed': String(name === kind) }, name)
  button.addEventListener('click', () => {
    kind = name
    for (const other of $('kinds').children) other.setAttribute('aria-pressed', String(other === button))
    showRecords()
  })
  $('kinds').append(button)
}
$('text').addEventListener('input', () => soon(showRecords))
$('function').addEventListener('change', showRecords)
$('pause').addEventListener('click', () => {
  paused = paused ? false : 1
  $('pause').setAttribute('aria-pressed', String(Boolean(paused)))
  $('pause').textContent = paused ? 'Resume' : 'Pause'
  if (!paused) showRecords()
})
$('clear').addEventListener('click', () => {
  records = []
  showRecords()
})
$('newest').addEventListener('click', () => {
  $('records').scrollTop = $('records').scrollHeight
  $('newest').hidden = true
})
$('records').addEventListener('scroll', () => isAtEnd() && ($('newest').hidden = true), { passive: true })

