// Finds and loads a Node handler, by the rules of AWS's own Node runtime (its UserFunction.js).
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** An error of loading, by the name that AWS's runtime gives it. */
function failure(name, message, stack = '') {
  return Object.assign(new Error(message), { name, stack })
}

/** The nearest package.json decides what a `.js` is, as for Node; a folder `node_modules` ends the search. */
function isModulePackage(folder) {
  for (;; folder = dirname(folder)) {
    if (basename(folder) === 'node_modules') return false
    const description = join(folder, 'package.json')
    if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')).type === 'module'
    if (dirname(folder) === folder) return false
  }
}

/** ES modules are imported and CommonJS is required, so that a file is on this machine what it is on AWS. */
function loadFile(path) {
  const extension = extname(path)
  if (/^\.[mc]?ts$/.test(extension) && !process.features.typescript) {
    const built = `${basename(path, extension)}.mjs`
    throw failure('Runtime.ImportModuleError', `${basename(path)} is TypeScript, which Node ${process.version} does not run. Build it and name what is built, such as with: npx esbuild ${basename(path)} --bundle --platform=node --format=esm --outfile=${built}. Node 22.18 or newer runs it as it is`)
  }
  const isModule = extension.startsWith('.m') || (/^\.[jt]s$/.test(extension) && isModulePackage(dirname(path)))
  return isModule ? import(pathToFileURL(path).href) : createRequire(path)(path)
}

/** What AWS's name of a handler means: `src/app.api.handler` is `api.handler` of `src/app`. */
function parse(name) {
  if (name.includes('..')) {
    throw failure('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`)
  }
  const [, module, path] = /^([^.]*)\.(.+)$/.exec(basename(name)) ?? []
  if (!path) {
    throw failure('Runtime.MalformedHandlerName', `Bad handler: '${name}' is not of the form FILE.EXPORT, such as index.handler`)
  }
  return { module: join(dirname(name), module), path }
}

/** The file of a module, else the package of that name. */
function find(root, module) {
  const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile()
  const files = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'].map((extension) => resolve(root, module) + extension)
  return files.find(isFile) ?? createRequire(join(root, 'index.js')).resolve(module)
}

/**
 * The function that a handler's name means in the folder `root`; where `file` is given, that is its module.
 * Throws what AWS's runtime reports: errors named Runtime.…, or what the module itself throws.
 */
export async function load(name, root, file) {
  const { module, path } = parse(name)
  let exported
  try {
    exported = await loadFile(file ?? find(root, module))
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw Object.assign(failure('Runtime.UserCodeSyntaxError', String(error), error.stack), { syntaxError: error })
    }
    if (error?.code === 'MODULE_NOT_FOUND') throw failure('Runtime.ImportModuleError', String(error), error.stack)
    throw error
  }
  const within = (object) => path.split('.').reduce((nested, key) => nested?.[key], object)
  const handler = within(exported) ?? within(exported?.default)
  if (typeof handler === 'function') return handler
  const shown = file ? `${basename(file)}:${path}` : name
  throw failure('Runtime.HandlerNotFound', `${shown} is ${handler ? 'not a function' : 'undefined or not exported'}`)
}
