// Delays and failures for the integrations to come.

function describeFault({ routeKey, delayMs, fail, count }) {
  const effect = [delayMs > 0 && `wait ${delayMs} ms`, fail && 'fail'].filter(Boolean).join(' and ')
  return `next ${count === 1 ? '' : `${count} `}of ${routeKey ?? 'any route'}: ${effect}`
}

async function showFaults() {
  const { faults } = await call('GET', '/faults').catch(() => ({ faults: [] }))
  $('clear-faults').hidden = faults.length === 0
  $('faults').replaceChildren(
    ...faults.map((fault) => {
      const remove = element('button', { type: 'button', className: 'quiet', 'aria-label': `Take back: ${describeFault(fault)}` }, 'Take back')
      remove.addEventListener('click', async () => {
        await attempt(() => call('DELETE', `/faults/${fault.id}`))
        showFaults()
      })
      return element('li', {}, element('span', {}, describeFault(fault)), remove)
    }),
  )
}

onSubmit('fault', async ({ routeKey, delayMs, count, fail }) => {
  const wish = { delayMs: Number(delayMs), count: Number(count), fail: fail === 'on', ...(routeKey && { routeKey }) }
  await attempt(() => call('POST', '/faults', wish), 'The fault waits for its invocation.')
  showFaults()
})
$('clear-faults').addEventListener('click', async () => {
  await attempt(() => call('DELETE', '/faults'), 'All faults are taken back.')
  showFaults()
})

follow()
