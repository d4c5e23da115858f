/** Punctuation at the end belongs to the sentence and not to the address. */
const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/g

/** A text whose addresses can be followed. Only http: and https: become links, and the text is never taken for HTML. */
export function Linked({ text }: { text: string }) {
  // With a group in the expression, every second part is an address.
  return text.split(ADDRESS).map((part, index) =>
    index % 2 === 1 && URL.canParse(part) ? (
      <a key={index} href={part} target="_blank" rel="noopener noreferrer nofollow">
        {part}
      </a>
    ) : (
      part
    ),
  )
}
