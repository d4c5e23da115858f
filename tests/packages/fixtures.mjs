// Every fixture: what its framework's documentation says to run, and nothing that gatesocket would need.

/**
 * @typedef {object} Mode one way to run a fixture
 * @property {string[]} [build] commands that are run to their end first
 * @property {string} [serve] the command of the server, with `{port}` where its port goes; a plain file server where
 *   it is missing
 * @property {boolean} [bundlesOnVisit] whether the first visit makes the server bundle the app's dependencies, of which a
 *   page that is not yet connected to the server hears nothing, whatever the dependencies are
 * @property {string} [folder] what the plain file server serves, below the fixture
 */

/**
 * @typedef {object} Fixture
 * @property {string} name its name in the tests and on the command line
 * @property {string} title its name in the table
 * @property {string} [folder] its folder here, if that has another name
 * @property {boolean} [full] whether only a full run has it
 * @property {string[]} packages whose versions the table states
 * @property {string[]} [pages] the paths of its pages, each of which must show a connectionId
 * @property {RegExp} [known] what the bundler says of every package with hooks
 * @property {string} [note] what the table says of its version
 * @property {[string, RegExp][]} [answers] paths, and what the server answers there
 * @property {{ rendered: string, output: string }} [server] what the server's HTML shows already, and the folder of
 *   the server's own code
 * @property {Mode} [development]
 * @property {Mode} [production]
 * @property {[string, RegExp?][]} [commands] what is run instead of a page: each to its end, and what it must print
 */

/** A connectionId at the end of a line. */
const PRINTED = /[\w-]{15}=$/m

/** @type {Fixture[]} */
export const FIXTURES = [
  {
    name: 'vite',
    title: 'Vite',
    packages: ['vite', '@vitejs/plugin-react', 'react'],
    development: { serve: 'vite --port {port} --strictPort' },
    production: { build: ['tsc -b', 'vite build'], serve: 'vite preview --port {port} --strictPort' },
  },
  {
    name: 'webpack',
    title: 'webpack',
    packages: ['webpack', 'webpack-dev-server', 'react'],
    development: { serve: 'webpack serve --mode development --port {port}' },
    production: { build: ['webpack --mode production'], folder: 'dist' },
  },
  next('next', 'Next.js App Router, Turbopack', ''),
  { ...next('next-webpack', 'Next.js App Router, webpack', ' --webpack'), full: true },
  {
    name: 'esbuild',
    title: 'esbuild',
    packages: ['esbuild', 'react'],
    development: { serve: 'esbuild src/app.jsx --bundle --jsx=automatic --outdir=www --servedir=www --serve={port}' },
    production: { build: ['esbuild src/app.jsx --bundle --jsx=automatic --minify --outdir=www'], folder: 'www' },
  },
  {
    name: 'html',
    title: 'A page with an import map, and one with Preact',
    packages: ['preact'],
    pages: ['/index.html', '/hooks.html'],
    // Nothing is built: the files are what they are.
    development: { folder: '.' },
  },
  // errors.test.mjs has it alone: it has no row.
  { name: 'react17', title: 'React 17', packages: [] },
  {
    name: 'react-router',
    title: 'React Router, framework mode',
    full: true,
    packages: ['react-router', 'vite', 'react'],
    note: 'React Router 8 wants Node.js 22',
    server: { rendered: '<p>idle</p>', output: 'build/server' },
    development: { serve: 'react-router dev --port {port} --strictPort', bundlesOnVisit: true },
    production: { build: ['react-router build'], serve: 'react-router-serve ./build/server/index.js' },
  },
  {
    name: 'astro',
    title: 'Astro, an island of React',
    full: true,
    packages: ['astro', '@astrojs/react', '@astrojs/node', 'react'],
    note: 'Astro 6 and 7 want Node.js 22',
    server: { rendered: '<p>idle</p>', output: 'dist/server' },
    development: { serve: 'astro dev --port {port}' },
    production: { build: ['astro build'], serve: 'node dist/server/entry.mjs' },
  },
  {
    name: 'rspack',
    title: 'Rspack',
    full: true,
    packages: ['@rspack/core', '@rspack/dev-server', 'react'],
    development: { serve: 'rspack dev --port {port}' },
    production: { build: ['rspack build'], folder: 'dist' },
  },
  {
    name: 'rollup',
    title: 'Rollup',
    full: true,
    packages: ['rollup', '@rollup/plugin-node-resolve', '@rollup/plugin-commonjs', 'react'],
    // With the lines of code that it shows there.
    known: /"use client" in .* was ignored|^\d+: /,
    note: 'it says of each package with hooks that it ignores "use client"',
    // It has no server of its own. Its strongest preset takes every module to be without side effects.
    development: { build: ['rollup --config --environment MODE:development'], folder: 'public' },
    production: { build: ['rollup --config --treeshake smallest'], folder: 'public' },
  },
  {
    name: 'parcel',
    title: 'Parcel',
    full: true,
    packages: ['parcel', 'react'],
    development: { serve: 'parcel --port {port}' },
    production: { build: ['parcel build'], folder: 'dist' },
  },
  {
    name: 'typescript',
    title: 'TypeScript with `bundler`, `node16` and `nodenext`; what it compiled, in Node.js',
    full: true,
    packages: ['typescript', 'typescript5'],
    commands: ['node_modules/typescript/bin/tsc', 'node_modules/typescript5/bin/tsc'].flatMap((tsc) => [
      [`node ${tsc} --project tsconfig.bundler.json`],
      ...['node16', 'nodenext'].flatMap((resolution) => [
        [`node ${tsc} --project tsconfig.${resolution}.json`],
        // Node.js 22 needs no flag.
        ['node --experimental-websocket dist/esm.mjs', PRINTED],
        ['node --experimental-websocket dist/cjs.cjs', PRINTED],
      ]),
    ]),
  },
  {
    name: 'vitest',
    title: 'Vitest under jsdom',
    full: true,
    packages: ['vitest', 'jsdom', 'react'],
    note: 'Vitest 5 wants Node.js 22',
    commands: [['vitest run', /1 passed/]],
  },
  {
    name: 'jest',
    title: 'Jest under jsdom',
    full: true,
    packages: ['jest', 'jest-environment-jsdom', 'react'],
    commands: [['jest', /1 passed/]],
  },
]

/** Next.js with one of its two bundlers. */
function next(name, title, flag) {
  return {
    name,
    title,
    folder: 'next',
    packages: ['next', 'react'],
    pages: ['/', '/static'],
    // Its edge runtime may import the package. Whether it has a WebSocket is its own affair, and not kept in silence.
    answers: [['/edge', /"code":"unsupported"|"connectionId":"[\w-]{15}="/]],
    server: { rendered: '<p>idle</p>', output: '.next/server' },
    development: { serve: `next dev${flag} --port {port}` },
    production: { build: [`next build${flag}`], serve: 'next start --port {port}' },
  }
}
