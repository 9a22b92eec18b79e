/** How the page is built: one folder of files, dist/web, that the controller serves as it is. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const outDir = here('../../dist/web')

/** The controller sends `X.br` in the place of X to browsers that read it: compressed once, not with each request. */
function compressed(): Plugin {
  return {
    name: 'berth-compressed',
    apply: 'build',
    writeBundle: () => {
      const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
      for (const file of files.filter((name) => /\.(?:js|css|svg)$/.test(name))) {
        const path = join(outDir, file)
        const params = { [constants.BROTLI_PARAM_QUALITY]: 6 }
        writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path), { params }))
      }
    },
  }
}

export default defineConfig(({ command }) => {
  // What is tested is what ships: tests build with NODE_ENV=test, which would bundle React for developers.
  if (command === 'build') process.env.NODE_ENV = 'production'
  return {
    root: here('.'),
    plugins: [react(), compressed()],
    build: {
      outDir,
      emptyOutDir: true,
      // Without inline images and fonts the Content-Security-Policy needs no data: URLs.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2000,
    },
    // While the page is worked on: `npx vite --config src/web/vite.config.ts` beside `berth serve`.
    server: { proxy: { '/v1': process.env.BERTH_SERVER ?? 'http://127.0.0.1:2634' } },
  }
})
