/** The shipped program's log for machines: what is bundled works, and a signal ends it well. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'

const PROGRAM = resolve(import.meta.dirname, '../../dist/berth.mjs')

test('serve --log-format json writes one document a line, and ends on SIGTERM', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-log-'))
  const environment = { ...process.env, BERTH_LISTEN: 'none' }
  const child = spawn(
    process.execPath,
    [PROGRAM, 'serve', '--log-format', 'json', '--db', join(folder, 'x.db')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment,
    },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const exited = once(child, 'exit')
  const lines: { level: string; msg: string; time: string }[] = []
  for await (const line of createInterface(child.stderr)) {
    lines.push(JSON.parse(line))
    if (lines.length === 1) child.kill('SIGTERM')
  }
  expect(await exited).toEqual([0, null])
  expect(lines.map(({ level }) => level)).toEqual(lines.map(() => 'info'))
  expect(lines.map(({ msg }) => msg).join('\n')).toMatch(/^serving .*x\.db.*\n.*SIGTERM: stopping/)
})
