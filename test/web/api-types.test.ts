/** The page is built on the API that there is: its types are those of the OpenAPI document of this version. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { PROGRAM } from '../e2e/shipped.ts'

test("the page's types are generated from this version's OpenAPI document; `npm run build:api-types` does it", async () => {
  const { stdout } = await execa(process.execPath, [PROGRAM, 'schema', 'openapi'], {
    stripFinalNewline: false,
  })
  const types = readFileSync(resolve(import.meta.dirname, '../../src/web/api/openapi.d.ts'), 'utf8')
  const [, mark] = /SHA-256 ([0-9a-f]{64})/.exec(types) ?? []
  expect(mark).toBe(createHash('sha256').update(stdout).digest('hex'))
})
