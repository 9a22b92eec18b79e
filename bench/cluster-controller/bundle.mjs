/** What is measured, bundled from the sources as the program is. */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')

const EXPORTS = {
  kysely: ['sql'],
  './src/database/open.ts': ['openDatabase'],
  './src/database/check.ts': ['checkDatabase'],
  './src/lifecycle/hosts.ts': ['addHost'],
  './src/lifecycle/create.ts': ['createVm'],
  './src/inventory/ingest.ts': ['ingestReport'],
  './src/inventory/snapshot.ts': ['readSnapshot'],
  './src/inventory/kept-hosts.ts': ['keepHosts'],
  './src/claims/commit.ts': ['commitPlan'],
  './scheduler/plan/plan.ts': ['planCluster'],
  './src/api/read/hosts.ts': ['readHostSummaries'],
  './src/api/read/vms.ts': ['readVmSummaries'],
  './src/model/address.ts': ['parseAddress'],
  './src/api/app.ts': ['buildApi'],
  './src/database/templates.ts': ['insertTemplate'],
  './src/lifecycle/ask.ts': ['stopVm'],
  './src/lifecycle/devices.ts': ['changeHealth'],
  './src/lifecycle/compare.ts': ['markSilent'],
}

/** The functions named above, from a bundle in `folder`. */
export async function loadBerth(folder) {
  const outfile = join(folder, 'berth.mjs')
  const contents = Object.entries(EXPORTS).map(
    ([file, names]) => `export { ${names.join(', ')} } from '${file}'`,
  )
  await build({
    ...{ stdin: { contents: contents.join('\n'), resolveDir: ROOT }, bundle: true, outfile },
    ...{ platform: 'node', format: 'esm', target: 'node20.19', logLevel: 'warning' },
    external: ['better-sqlite3', 'pg', 'pg-native'],
    banner: { js: `import{createRequire as r}from'node:module';const require=r(import.meta.url);` },
  })
  return import(pathToFileURL(outfile).href)
}
