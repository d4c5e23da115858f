// A fixture where it is run: a copy beside its installed packages, so that nothing is written to the project's files.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** The address in the README, and in the fixtures. */
export const LOCAL = 'ws://localhost:3001/production/'

/** Where a fixture is run. `cargo xtask` has installed its packages there. */
export const workplace = (folder) => join(process.env.GATESOCKET_FIXTURES, folder)

/** Copies a fixture's files anew, with the address of this gateway, and takes away what an earlier run has built. */
export async function settle(folder, gateway) {
  const place = workplace(folder)
  for (const name of await readdir(place)) {
    if (name !== 'node_modules') await rm(join(place, name), { recursive: true })
  }
  // What tools keep for the next time: each run is an app's first.
  for (const name of await readdir(join(place, 'node_modules'))) {
    if (/^\.(?!bin$|package-lock)/.test(name)) await rm(join(place, 'node_modules', name), { recursive: true })
  }
  const source = join(HERE, folder)
  for (const name of await readdir(source, { recursive: true })) {
    // A fixture may have been tried in its folder by hand.
    if (MADE.test(name) || (await stat(join(source, name))).isDirectory()) continue
    await mkdir(dirname(join(place, name)), { recursive: true })
    const text = await readFile(join(source, name), 'utf8')
    await writeFile(join(place, name), text.replaceAll(LOCAL, gateway.ws))
  }
  return place
}

const MADE = /(^|[/\\])(node_modules|dist|build|\.\w+)([/\\]|$)/

/** The installed version of a package. */
export async function versionOf(place, name) {
  return JSON.parse(await readFile(join(place, 'node_modules', name, 'package.json'), 'utf8')).version
}
