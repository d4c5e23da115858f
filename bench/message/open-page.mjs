// The page with all contestants, bundled as an app would be shipped, in a Chromium of its own.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from '../../tests/page/site.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Serves a page around a script; the package is the tarball that the demo page installed. */
export async function servePage(script = at('page.jsx')) {
  const { build } = createRequire(at('../../pkg-template/package.json'))('esbuild')
  const { outputFiles } = await build({
    entryPoints: [script],
    nodePaths: [at('../../www/node_modules')],
    // One React for our hooks and the page.
    alias: Object.fromEntries(['react', 'react-dom'].map((name) => [name, join(dirname(script), 'node_modules', name)])),
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const text = outputFiles[0].text.replaceAll('</script', '<\\/script')
  return await serve({ '/': `<!doctype html><meta charset="utf-8"><script type="module">${text}</script>` })
}

/** Opens it in a context of its own, with its DevTools session. */
export async function openPage(browser, address) {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    throw error // Ends the benchmark: what would be measured is not what was meant.
  })
  await page.goto(address)
  await page.waitForFunction(() => globalThis.loaded)
  const devtools = await context.newCDPSession(page)
  return {
    page,
    devtools,
    close: () => context.close(),
  }
}
