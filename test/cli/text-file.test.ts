/** What people name as a file and is none: told by its name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTextFile } from '../../src/cli/text-file.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-text-file-'))
  writeFileSync(join(folder, 'plain'), 'größe\n')
  writeFileSync(join(folder, 'marked'), '\ufeffNAME = "x"')
  writeFileSync(join(folder, 'latin-1'), Buffer.from('größe', 'latin1'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['UTF-8 as it stands', 'plain', 'größe\n'],
  ['a byte order mark left out', 'marked', 'NAME = "x"'],
])('reads %s', async (_, name, text) => {
  expect(await readTextFile(join(folder, name))).toBe(text)
})

test.each([
  ['a file that is not there', 'gone', 'file-missing', /^there is no file .*gone$/],
  ['a folder', '.', 'file-unreadable', /cannot be read: it is a directory$/],
  [
    'a file in a file',
    'plain/x',
    'file-unreadable',
    /plain\/x cannot be read: a part of its path is a file$/,
  ],
  ['another encoding', 'latin-1', 'file-unreadable', /latin-1 cannot be read: it is no text in UTF-8$/],
])('%s is refused', async (_, name, code, message) => {
  await expect(readTextFile(join(folder, name))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
})
