/** The file of contexts, on a real disk: private, whole, and refused where it is not. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Contexts } from '../../../src/cli/context/contexts.ts'
import { contextsPath, readContexts, writeContexts } from '../../../src/cli/context/file.ts'

const LAB: Contexts = {
  current: 'lab',
  contexts: new Map([['lab', { server: 'https://lab', fingerprint: null, token: 'secret' }]]),
}

let path: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-contexts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  path = join(folder, 'config', 'berth', 'contexts.json')
})

test('what is written is read again, and nobody else may read it, whatever the umask', () => {
  const before = process.umask(0)
  onTestFinished(() => void process.umask(before))
  writeContexts(path, LAB)
  expect(readContexts(path)).toEqual(LAB)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
  expect(readdirSync(dirname(path))).toEqual(['contexts.json'])
})

test('without a file there are none', () => {
  expect(readContexts(path)).toEqual({ current: null, contexts: new Map() })
})

test.each([0o644, 0o640, 0o604, 0o602])(
  'a file of mode %o is refused, with what to do, and not read',
  (mode) => {
    writeContexts(path, LAB)
    chmodSync(path, mode)
    expect(() => readContexts(path)).toThrowError(
      expect.objectContaining({
        code: 'file-readable-by-others',
        message: expect.stringContaining(`chmod 600 ${path}`),
      }),
    )
  },
)

test('a link to a file elsewhere stays one', () => {
  const real = join(dirname(dirname(path)), 'mine.json')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(real, '{"contexts":{}}', { mode: 0o600 })
  symlinkSync(real, path)
  writeContexts(path, LAB)
  expect(lstatSync(path).isSymbolicLink()).toBe(true)
  expect(readContexts(real)).toEqual(LAB)
})

test('what cannot be written leaves the file as it was, and no draft', () => {
  writeContexts(path, LAB)
  const before = readFileSync(path, 'utf8')
  const broken: Contexts = {
    current: null,
    contexts: new Map([
      [
        'x',
        {
          server: 'https://x',
          fingerprint: null,
          get token(): string {
            throw new Error('no')
          },
        },
      ],
    ]),
  }
  expect(() => writeContexts(path, broken)).toThrow()
  expect(readFileSync(path, 'utf8')).toBe(before)
  expect(readdirSync(dirname(path))).toEqual(['contexts.json'])
})

test.each([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['contexts that are none', '{"contexts":[]}'],
  ['a context without a token', '{"contexts":{"a":{"server":"https://a"}}}'],
  ['a fingerprint that is a number', '{"contexts":{"a":{"server":"https://a","token":"t","fingerprint":7}}}'],
  ['one in use that is not there', '{"current":"b","contexts":{}}'],
])('%s is refused, and the token is not in the message', (_, text) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o600 })
  expect(() => readContexts(path)).toThrowError(expect.objectContaining({ code: 'contexts-invalid' }))
})

test.each([
  [{ XDG_CONFIG_HOME: '/x' }, '/x/berth/contexts.json'],
  [{ XDG_CONFIG_HOME: 'x', HOME: '/home/a' }, '/home/a/.config/berth/contexts.json'],
  [{ HOME: '/home/a' }, '/home/a/.config/berth/contexts.json'],
])('with %j it is %s', (environment, expected) => {
  expect(contextsPath(environment)).toBe(expected)
  expect(existsSync(expected)).toBe(false)
})
