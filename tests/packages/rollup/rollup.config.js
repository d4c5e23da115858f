import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import replace from '@rollup/plugin-replace'

const mode = process.env.MODE ?? 'production'

export default {
  input: 'src/main.jsx',
  output: { file: 'public/bundle.js', format: 'iife' },
  jsx: 'react-jsx',
  plugins: [
    replace({ preventAssignment: true, 'process.env.NODE_ENV': JSON.stringify(mode) }),
    nodeResolve({ browser: true, extensions: ['.js', '.jsx'] }),
    commonjs(),
  ],
}
