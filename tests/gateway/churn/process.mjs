// A process and its children, as Linux shows them (proc(5)).
import { readFileSync, readdirSync } from 'node:fs'

function stat(id) {
  try {
    // The name may have brackets and spaces: what follows its last bracket is the state and the parent's id.
    const [state, parent] = readFileSync(`/proc/${id}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
    return { id: Number(id), state, parent: Number(parent) }
  } catch {
    return undefined // It has just ended.
  }
}

function commandLine(id) {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Resident memory in bytes, open files, children that run `handler`, and children that nobody has waited for. */
export function look(id, handler) {
  const status = readFileSync(`/proc/${id}/status`, 'utf8')
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(stat)
    .filter((process) => process?.parent === id)
  return {
    memory: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024,
    files: readdirSync(`/proc/${id}/fd`).length,
    handlers: children.filter((child) => commandLine(child.id).includes(handler)).length,
    zombies: children.filter(({ state }) => state === 'Z').length,
  }
}
