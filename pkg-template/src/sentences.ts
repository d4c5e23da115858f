import texts from '../../src/core/sentences.txt'

/** The sentence of this name, with its facts in it: those of `src/core/sentences.txt`, which the core shares. */
export function sentence(name: string | number, facts: object = {}): string {
  const line = texts.split('\n').find((line) => line.startsWith(`${name}: `)) ?? ''
  return line
    .slice(`${name}: `.length)
    .replace(/\{(\w+)\}/g, (_, fact: string) => String((facts as { [fact: string]: unknown })[fact] ?? ''))
}
