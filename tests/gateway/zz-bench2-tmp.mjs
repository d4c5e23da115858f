// closed loop: N clients, each sends ECHO, waits for answer, repeats for D seconds
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import WebSocket from 'ws'
import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
const cpu = (pid) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return (+f[11] + +f[12]) * 10 }
const [binary, n = '20', secs = '8', action = 'ECHO', ...extra] = process.argv.slice(2)
const child = spawn(binary, ["--port","0","--ready-json","--task-root","/work/main/lambda/connection-id","--runtime-command","node /work/main/gateway/src/lambda/bootstrap.mjs /work/main/lambda/connection-id/index.mjs handler", ...extra], { stdio: ['ignore', 'pipe', 'pipe'] })
let lines = 0, reports = 0
const inits = []
createInterface({ input: child.stderr }).on('line', (l) => { lines++; if (l.startsWith('REPORT')) { reports++; const m = /Init Duration: ([\d.]+)/.exec(l); if (m) inits.push(+m[1]) } })
const [line] = await once(createInterface({ input: child.stdout }), 'line')
const g = JSON.parse(line)
const lat = []
let stop = false
const t00 = performance.now()
const sockets = await Promise.all(Array.from({ length: +n }, () => new Promise((res, rej) => { const s = new WebSocket(g.ws); s.on('open', () => res(s)); s.on('error', rej) })))
const opened = performance.now() - t00
const t0 = performance.now()
const ends = sockets.map((s) => new Promise((done) => {
  let at
  const go = () => { at = performance.now(); s.send(JSON.stringify({ action, data: 1 })) }
  s.on('message', () => { lat.push([at - t0, performance.now() - at]); if (stop) done(); else go() })
  go()
}))
setTimeout(() => (stop = true), +secs * 1000)
await Promise.all(ends)
const total = performance.now() - t0
const pct = (a, p) => a.length ? a.sort((x, y) => x - y)[Math.min(a.length - 1, Math.floor(a.length * p))].toFixed(1) : '-'
const all = lat.map((x) => x[1]), warm = lat.filter((x) => x[0] > 3000).map((x) => x[1])
console.log(JSON.stringify({ n: +n, msgs: lat.length, perSec: +(lat.length / total * 1000).toFixed(0), p50: pct(all, .5), p99: pct(all, .99), warmPerSec: +(warm.length / (total - 3000) * 1000).toFixed(0), warmP50: pct(warm, .5), warmP99: pct(warm, .99), connect20: +opened.toFixed(0), processes: inits.length, initMax: pct(inits, 1), lines }))
const kids = execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' }).trim().split(/\s+/).filter(Boolean)
console.log('cpu ms: gateway', cpu(child.pid), 'handlers', kids.map(cpu).join('+'), 'client', cpu(process.pid), 'wall', total.toFixed(0))
sockets.forEach((s) => s.close())
await new Promise((r) => setTimeout(r, 500))
child.kill('SIGINT')
await once(child, 'exit')
process.exit(0)
