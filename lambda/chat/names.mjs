// What a member is called. An authorizer knows; otherwise the client may say, and nobody checks.
const LONGEST = 64

/** The name in an authorizer's context: `name`, else `principalId`. Undefined if neither says anything. */
export function fromAuthorizer({ name, principalId }) {
  return clean(name) || clean(principalId) || undefined
}

const clean = (name) => String(name ?? '').replace(/\p{Cc}/gu, '').slice(0, LONGEST).toWellFormed()

/** The name in the query `?name=`. Undefined if there is none, or one that is too long or not text. */
export function fromQuery(query) {
  const name = query?.name
  if (typeof name !== 'string' || name.length === 0 || name.length > LONGEST) return undefined
  return name.isWellFormed() && !/\p{Cc}/u.test(name) ? name : undefined
}
