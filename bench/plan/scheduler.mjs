/** The scheduler as the benchmark runs it: bundled from the sources, loaded into this process. */
import { build } from 'esbuild'

export async function bundle() {
  const entry = `
    export { planWithIndex } from './scheduler/plan/plan.ts'
    export { indexCluster } from './scheduler/plan/cluster-index.ts'
    export { judgeHosts } from './scheduler/feasible/judge.ts'
    export { remediesFor } from './scheduler/remedy/remedies.ts'
    export { emptyCatalog, worthByKind } from './scheduler/allocate/catalog.ts'
    export { deviceTable } from './scheduler/allocate/device-table.ts'
    export { compileShape } from './scheduler/allocate/shape.ts'
    export { allocate } from './scheduler/allocate/allocate.ts'`
  const root = new URL('../..', import.meta.url).pathname
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
}
