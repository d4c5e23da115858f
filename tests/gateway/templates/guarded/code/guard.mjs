export async function handler({ headers, methodArn }) {
  const Effect = headers.Auth === 'good' ? 'Allow' : 'Deny'
  return {
    principalId: 'somebody',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: methodArn }] },
  }
}
