import { wireSize } from './links.js'

export function size(value) {
  return typeof value === 'string' ? wireSize(value) : -1
}

export function write(value, into) {
  into.set(new TextEncoder().encode(value))
}
