// Programs of the Python environment that `cargo xtask test chat` makes.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const python = process.env.GATESOCKET_TEMPLATES_PYTHON ?? at('../../target/python-templates/bin/python')
const env = { ...process.env, AWS_DEFAULT_REGION: 'us-east-1' }

function run(program, args) {
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

/** What cfn-lint says of a template: `{ code, stdout, stderr }`, code 0 if it finds nothing. */
export const lint = (template) => run(join(dirname(python), 'cfn-lint'), ['--', template])

/** What AWS SAM makes of a template: CloudFormation's own resources. Throws where SAM refuses it. */
export async function transform(template) {
  const { code, stdout, stderr } = await run(python, [at('transform.py'), template])
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** Starts a stand-in for SQS; resolves to `{ endpoint, stop() }`. */
export async function startSqs() {
  const child = spawn(python, [at('sqs.py')], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (data) => (errors += data))
  const ended = once(child, 'exit')
  // moto greets on the same output.
  const lines = createInterface({ input: child.stdout })
  const endpoint = await Promise.race([
    new Promise((resolve) => lines.on('line', (line) => line.startsWith('http:') && resolve(line))),
    ended.then(([code]) => Promise.reject(new Error(`the queue ended with ${code}: ${errors}`))),
  ])
  return {
    endpoint,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
