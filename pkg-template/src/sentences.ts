import texts from '../../src/core/sentences.txt'

/** The sentence of this name, with its facts in it: those of `src/core/sentences.txt`, which the core shares. */
export function sentence(name: string | number, facts: object = {}): string {
  const [, text = ''] = new RegExp(`^${name}: (.*)`, 'm').exec(texts) ?? []
  return text.replace(/\{(\w+)\}/g, (_, fact: string) => (facts as { [fact: string]: string })[fact] ?? '')
}
