// Files over HTTP, and fixtures bundled with the packages that the demo page installed.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/**
 * Serves pages and scripts by path (`{'/': '<!doctype html>…'}`), or what a function there answers, and otherwise the
 * files of a folder.
 */
export async function serve(pages, folder) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    if (typeof pages[path] === 'function') return pages[path](request, response)
    try {
      const body = pages[path] ?? (await readFile(join(folder ?? '/nowhere', normalize(path))))
      const type = TYPES[extname(path) || '.html']
      response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://localhost:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** Bundles a fixture as a user's bundler would, from the installed tarball. More options are those of esbuild. */
export async function bundled(fixture, { mode = 'development', ...options } = {}) {
  const { build } = createRequire(join(ROOT, 'pkg-template/package.json'))('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'tests/page/fixtures', fixture)],
    nodePaths: [join(ROOT, 'www/node_modules')],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    ...options,
  })
  return outputFiles[0].text
}

/**
 * A page with a bundled fixture, around what a server has rendered. Functions in `first` run in it before all else, as
 * WebKit's driver has nothing that does so.
 */
export async function fixturePage(fixture, { body = '', first = [], ...options } = {}) {
  const script = (await bundled(fixture, options)).replaceAll('</script', '<\\/script')
  const before = [keepUncaughtErrors, ...first].map((install) => `;(${install})()`).join('\n')
  return `<!doctype html><meta charset="utf-8"><script>${before}</script>
<div id="root">${body}</div><script type="module">${script}</script>`
}

/** Runs in the page: keeps the errors that nobody catches, for the driver that has no news of them. */
export function keepUncaughtErrors() {
  globalThis.uncaughtErrors = []
  addEventListener('error', ({ error, message }) => uncaughtErrors.push(String(error ?? message)))
  addEventListener('unhandledrejection', ({ reason }) => uncaughtErrors.push(String(reason)))
}
