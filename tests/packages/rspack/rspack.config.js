// @ts-check
import { defineConfig } from '@rspack/cli'
import { rspack } from '@rspack/core'
import { ReactRefreshRspackPlugin } from '@rspack/plugin-react-refresh'

const isDev = process.env.NODE_ENV === 'development'

export default defineConfig({
  entry: { main: './src/main.jsx' },
  target: ['browserslist:last 2 versions, > 0.2%, not dead, Firefox ESR'],
  resolve: { extensions: ['...', '.jsx'] },
  module: {
    rules: [
      {
        test: /\.(?:js|jsx|mjs|cjs)$/,
        use: [
          {
            loader: 'builtin:swc-loader',
            options: {
              detectSyntax: 'auto',
              jsc: { transform: { react: { runtime: 'automatic', development: isDev, refresh: isDev } } },
            },
          },
        ],
      },
    ],
  },
  plugins: [new rspack.HtmlRspackPlugin({ template: './index.html' }), isDev && new ReactRefreshRspackPlugin()],
})
