// Calls what the modules of a folder export for its parent, as many at a time as it asks for.
const folder = process.argv[2]

process.on('message', async ({ id, file, name, args }) => {
  try {
    if (name === 'cpuUsage') return process.send({ id, result: process.cpuUsage() })
    const { [name]: call } = await import(`${folder}${file}`)
    if (name === 'handler') args[1] = contextOf(args[1])
    process.send({ id, result: await call(...args) })
  } catch (error) {
    process.send({ id, error: String(error.stack) })
  }
})

function contextOf({ timeout }) {
  const end = Date.now() + timeout
  return { getRemainingTimeInMillis: () => end - Date.now() }
}
