// The console's own API.

const API = '/_gateway/api'

/** The JSON of an answer; a refusal is an Error with the gateway's sentence. */
async function call(method, path, body) {
  const request = { method, headers: {} }
  if (body !== undefined) {
    request.headers['content-type'] = 'application/json'
    request.body = JSON.stringify(body)
  }
  const response = await fetch(`${API}${path}`, request)
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code })
  return answer
}

/** Does something for a button or form, says what came of it, and whether it went well. */
async function attempt(action, success) {
  try {
    await action()
    if (success) say(success)
    return true
  } catch (error) {
    say(error instanceof TypeError ? 'The gateway cannot be reached.' : error.message, true)
    return false
  }
}

/** Runs a handler with a form's values instead of sending the form. */
function onSubmit(id, handler) {
  $(id).addEventListener('submit', (event) => {
    event.preventDefault()
    handler(Object.fromEntries(new FormData(event.target)), event.target)
  })
}

