/**
 * Writes openapi.d.ts, the API's documents and routes as types, from what `berth schema openapi` prints: `npm run build:api-types`.
 * The generator is fetched when it is asked for: it works on TypeScript 5, and the project has a later one.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const types = join(root, 'src/web/api/openapi.d.ts')
const folder = mkdtempSync(join(tmpdir(), 'berth-api-types-'))
const document = execFileSync('node', [join(root, 'dist/berth.mjs'), 'schema', 'openapi'], {
  maxBuffer: 64 * 1024 * 1024,
})
const given = join(folder, 'openapi.json')
const made = join(folder, 'openapi.d.ts')
writeFileSync(given, document)
const packages = ['--package=openapi-typescript@7.13.0', '--package=typescript@5.9.3']
execFileSync('npm', ['exec', '--yes', ...packages, '--', 'openapi-typescript', given, '-o', made], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'inherit'],
})
const mark = createHash('sha256').update(document).digest('hex')
writeFileSync(types, `// From the OpenAPI document with SHA-256 ${mark}\n${readFileSync(made, 'utf8')}`)
