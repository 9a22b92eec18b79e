/** docs/errors.md lists every code that the sources raise, and no code that they do not know. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const documented = new Set(
  [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(
    (match) => match[1] ?? '',
  ),
)

const sources = ['src', 'probes', 'scheduler']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(root, folder, file),
    ),
  )
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(file, 'utf8'))

/** A code stands as the first argument of an error, or as a `code` field. */
const RAISED =
  /(?:new (?:InvalidInput|NotFound|Conflict|Unauthorized|TooOften|Forbidden|CommandFailed|CorruptReport)\(|invalidAt\(|broken\(|code:|code =)\s*'([a-z]+(?:-[a-z]+)*)'/g

const raised = new Set(sources.flatMap((text) => [...text.matchAll(RAISED)].map((match) => match[1] ?? '')))

test('the scan finds the codes it should', () => {
  for (const code of ['unknown-host', 'template-invalid', 'not-enough-free', 'virsh-timeout', 'schema-newer'])
    expect(raised).toContain(code)
})

test('every code raised is documented', () => {
  expect([...raised].filter((code) => !documented.has(code)).sort()).toEqual([])
})

test('every code documented is in the sources', () => {
  const words = new Set(
    sources.flatMap((text) => [...text.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map((match) => match[1])),
  )
  const known = (code: string) =>
    words.has(code) || [...words].some((stem) => stem !== undefined && code.startsWith(`${stem}-`))
  const codes = [...documented].filter((code) => code.includes('-'))
  expect(codes.filter((code) => !known(code)).sort()).toEqual([])
})
