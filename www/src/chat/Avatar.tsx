/** A name's first letter in a colour of its own. */
export function Avatar({ name }: { name: string }) {
  let hue = 7
  for (const letter of name) hue = (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360
  return (
    <span className="avatar" style={{ background: `hsl(${hue} 45% 32%)` }} aria-hidden="true">
      {[...name][0]?.toUpperCase()}
    </span>
  )
}
