// The chart of the chapter, drawn in the page that was measured.
import * as Plot from '@observablehq/plot'

const COLOURS = {
  'react-use-websocket': '#f97316',
  'by hand': '#9ca3af',
  gatesocket: '#2563eb',
  'parsing alone': '#d1d5db',
}

/** `bars` are `{rate, subscribers, side, script_ms, seen}`, `seen` as a share; returns an SVG document. */
export function draw(bars) {
  const sides = Object.keys(COLOURS)
  const labelled = bars.map((bar) => ({ ...bar, script_ms: Math.max(1, bar.script_ms), group: groupOf(bar), label: labelOf(bar) }))
  const groups = [...new Set(labelled.map(({ group }) => group))]
  const svg = Plot.plot({
    width: 860,
    height: 70 + bars.length * 27,
    marginTop: 30,
    marginLeft: 150,
    marginRight: 150,
    marginBottom: 45,
    style: { background: 'white', color: 'black', fontSize: '13px', fontFamily: 'sans-serif' },
    x: { type: 'log', label: 'script time in ms, on a logarithmic scale', labelAnchor: 'center', grid: true, ticks: 4, tickFormat: ',' },
    y: { domain: sides, label: null, tickSize: 0 },
    fy: { domain: groups, axis: null, padding: 0.25 },
    color: { domain: sides, range: Object.values(COLOURS) },
    marks: [
      Plot.text(groups, { fy: (group) => group, text: (group) => group, frameAnchor: 'top-left', dx: -145, dy: -16, fontWeight: 'bold' }),
      Plot.barX(labelled, { x1: 1, x2: 'script_ms', y: 'side', fy: 'group', fill: 'side' }),
      Plot.text(labelled, { x: 'script_ms', y: 'side', fy: 'group', text: 'label', textAnchor: 'start', dx: 5 }),
    ],
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return new XMLSerializer().serializeToString(svg)
}

function groupOf({ rate, subscribers }) {
  return `${rate.toLocaleString('en')} messages/s, ${subscribers} component${subscribers === 1 ? '' : 's'}`
}

function labelOf({ script_ms, seen }) {
  const time = `${Math.round(script_ms).toLocaleString('en')} ms`
  return seen < 0.9995 ? `${time}, sees ${(100 * seen).toFixed(seen < 0.1 ? 1 : 0)} %` : time
}
