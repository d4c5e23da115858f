// The open connections, the one that is chosen, and what can be done to it.

const rows = new Map()
let selected = null
let polling

function connectionRow(id) {
  const choose = element('button', { type: 'button', 'aria-label': `Connection ${id}` }, id)
  const cells = { id: element('td', {}, choose), source: element('td'), age: element('td', { className: 'number' }) }
  for (const name of ['idle', 'in', 'out']) cells[name] = element('td', { className: 'number' })
  const row = element('tr', { data: { id } }, ...Object.values(cells))
  row.addEventListener('click', () => select(selected === id ? null : id))
  return { row, cells }
}

function showConnection(connection) {
  const { connectionId: id } = connection
  if (!rows.has(id)) rows.set(id, connectionRow(id))
  const { row, cells } = rows.get(id)
  cells.source.textContent = connection.sourceIp
  cells.age.textContent = duration(connection.ageMs)
  cells.idle.textContent = duration(connection.idleMs)
  cells.in.textContent = size(connection.bytesIn)
  cells.out.textContent = size(connection.bytesOut)
  cells.in.title = `${connection.messagesIn} messages from the client`
  cells.out.title = `${connection.messagesOut} messages to the client`
  row.title = connection.userAgent ?? ''
  row.toggleAttribute('data-selected', id === selected)
  cells.id.firstChild.setAttribute('aria-pressed', String(id === selected))
  return row
}

/** Asks for the connections, and again in a second while somebody can see them. */
async function showConnections() {
  clearTimeout(polling)
  try {
    const { total, connections } = await call('GET', '/connections')
    const sought = $('find').value.trim()
    const wanted = connections.filter(({ connectionId, sourceIp }) => `${connectionId} ${sourceIp}`.includes(sought))
    const shown = wanted.map(showConnection)
    const body = $('connections').tBodies[0]
    // Rows stay where they are while they can, so that a focused one keeps the focus.
    shown.forEach((row, index) => body.rows[index] !== row && body.insertBefore(row, body.rows[index] ?? null))
    while (body.rows.length > shown.length) body.lastChild.remove()
    const open = new Set(connections.map(({ connectionId }) => connectionId))
    for (const id of rows.keys()) if (!open.has(id)) rows.delete(id)
    $('total').textContent = total > connections.length ? `${connections.length} newest of ${total}` : total
    $('connections').hidden = total === 0
    $('no-connections').hidden = total > 0
    if (selected) await showSelected(connections.find(({ connectionId }) => connectionId === selected), total === connections.length)
  } catch {
    // The event stream says that the gateway is gone; this asks again.
  }
  if (!document.hidden) polling = setTimeout(showConnections, 1000)
}

async function showSelected(listed, areAllListed) {
  const id = selected
  const ask = () => call('GET', `/connections/${encodeURIComponent(id)}`).catch(() => null)
  const connection = listed ?? (areAllListed ? null : await ask())
  if (id !== selected) return
  $('selected').hidden = false
  $('selected-id').textContent = id
  $('selected-state').textContent = connection ? 'open' : 'closed'
  $('selected-state').dataset.state = connection ? 'open' : 'closed'
  for (const control of $('actions').querySelectorAll('button, input, textarea')) control.disabled = !connection
  if (!connection) return
  const facts = {
    age: duration(connection.ageMs),
    idle: duration(connection.idleMs),
    in: `${connection.messagesIn} messages, ${size(connection.bytesIn)}`,
    out: `${connection.messagesOut} messages, ${size(connection.bytesOut)}`,
    source: connection.sourceIp,
    'user agent': connection.userAgent ?? 'none',
  }
  const pairs = Object.entries(facts).map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value)))
  $('facts').replaceChildren(...pairs)
}

/** Shows one connection alone, or all of them for null. */
function select(id) {
  selected = id
  $('selected').hidden = id === null
  if (id) $('facts').replaceChildren()
  for (const [known, { row, cells }] of rows) {
    row.toggleAttribute('data-selected', known === id)
    cells.id.firstChild.setAttribute('aria-pressed', String(known === id))
  }
  showRecords()
  showConnections()
}

function act(action, body, success) {
  const done = attempt(() => call('POST', `/connections/${encodeURIComponent(selected)}/${action}`, body), success)
  done.then(showConnections)
  return done
}

onSubmit('send', async ({ data }, form) => {
  if (await act('send', { data }, `Sent ${size(new TextEncoder().encode(data).length)}.`)) form.reset()
})
$('data').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  $('send').requestSubmit()
})
onSubmit('close', ({ code, reason }) => act('close', { code: Number(code), reason }, `Closed with ${code}.`))
onSubmit('freeze', ({ ms }) => act('freeze', { ms: Number(ms) }, `Frozen for ${duration(Number(ms))}.`))
$('cut').addEventListener('click', () => act('cut', {}, 'Cut by a TCP reset.'))
$('idle').addEventListener('click', () => act('idle', {}, 'Closed as idle, with 1001.'))
$('deselect').addEventListener('click', () => select(null))
$('find').addEventListener('input', showConnections)
document.addEventListener('visibilitychange', () => document.hidden || showConnections())

