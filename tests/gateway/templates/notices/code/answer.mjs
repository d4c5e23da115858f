export async function handler({ requestContext, stageVariables }) {
  const { GREETING = 'none', SECRET, REGION } = process.env
  console.log(`stage variables ${JSON.stringify(stageVariables)}`)
  return { statusCode: 200, body: JSON.stringify({ greeting: GREETING, secret: SECRET, region: REGION, api: requestContext.apiId }) }
}
