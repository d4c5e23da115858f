// What the gateway is: endpoints, routes, functions.

function endpoint(address) {
  const copy = element('button', { type: 'button', 'aria-label': `Copy ${address}` }, 'Copy')
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(address)
      copy.textContent = 'Copied'
      setTimeout(() => (copy.textContent = 'Copy'), 1500)
    } catch {
      say(`The browser does not allow copying: ${address}`, true)
    }
  })
  return element('li', {}, element('code', { title: address }, address), copy)
}

function integrationOf({ integration, authorizer, routeResponse }) {
  const { type, function: name, method, uri } = integration
  const what = name ?? (uri ? `${method} ${uri}` : type)
  const kind = type === 'AWS_PROXY' || type === 'MOCK' ? '' : ` ${type}`
  return `${what}${kind}${authorizer ? ` · authorizer ${authorizer}` : ''}${routeResponse ? ' · responds' : ''}`
}

async function showOverview() {
  const overview = await call('GET', '')
  const { endpoints, routes, functions, authorizers } = overview
  $('version').textContent = overview.version
  $('stage').textContent = `stage ${overview.stage}`
  $('try').textContent = `npx wscat -c ${endpoints.ws}`
  document.title = `${overview.stage} · :${endpoints.port} · Gateway console`
  $('endpoints').replaceChildren(...[endpoints.wss, endpoints.ws, endpoints.https].map(endpoint))
  $('routes').tBodies[0].replaceChildren(
    ...routes.map((route) => element('tr', {}, element('td', {}, route.routeKey), element('td', {}, integrationOf(route)))),
  )
  const names = [...new Set([...functions.map(({ name }) => name), ...authorizers.map((authorizer) => authorizer.function)])]
  options('function', 'all functions', names)
  options('fault-route', 'any route', routes.map(({ routeKey }) => routeKey))
  $('function-label').hidden = names.length < 2
}

/** Fills a select and keeps what was chosen. */
function options(id, all, names) {
  const chosen = $(id).value
  $(id).replaceChildren(element('option', { value: '' }, all), ...names.map((name) => element('option', { value: name }, name)))
  $(id).value = names.includes(chosen) ? chosen : ''
}

