// A REQUEST authorizer that answers what the query asks for, and tells the log what it was asked.
export async function handler(event) {
  console.log(`AUTHORIZER ${JSON.stringify(event)}`)
  const { token, effect = 'Allow', resource = event.methodArn, answer, context } = event.queryStringParameters
  if (token === 'unauthorized') throw new Error('Unauthorized')
  if (token === 'broken') throw new Error('broken')
  if (token === 'exit') process.exit(3)
  if (answer) return JSON.parse(answer)
  const statement = (Effect, Resource) => ({ Action: 'execute-api:Invoke', Effect, Resource })
  const Statement = effect === 'both' ? [statement('Allow', '*'), statement('Deny', resource)] : statement(effect, resource)
  return {
    principalId: `user ${token}`,
    policyDocument: { Version: '2012-10-17', Statement },
    context: context ? JSON.parse(context) : { team: 'red', level: 7, admin: false },
  }
}

// The way in which older authorizers refuse.
export function callback(_event, _context, done) {
  done('Unauthorized')
}
