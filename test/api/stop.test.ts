/** A program that is told to end, over a real socket: who is answered, who is sent away, and that it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { insertVm } from '../../src/database/vms.ts'
import { bundle } from '../support/bundle.ts'

interface Program {
  readonly process: ChildProcess
  readonly url: string
  /** Resolves once it says that. */
  says(line: string): Promise<void>
  readonly exited: Promise<readonly [status: number | null, signal: string | null]>
}

async function start(limitMs: number): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-stop-'))
  const file = join(folder, 'berth.db')
  const database = await openDatabase(file, { migrate: true })
  const vm = {
    name: 'v',
    priority: 0,
    template: 'CPU = 1\nMEMORY = 1',
    cpu: 100,
    memoryMiB: 1,
    state: 'PENDING' as const,
  }
  await database.transaction((q) => insertVm(q, vm, 0))
  await database.close()
  const child = spawn(process.execPath, [await bundle('served-program.ts'), file, String(limitMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit').then(([status, signal]) => [status, signal] as const)
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const said: string[] = []
  let news = () => {}
  if (child.stdout === null) throw new Error('no output')
  createInterface(child.stdout).on('line', (line) => {
    said.push(line)
    news()
  })
  const until = async (wanted: (line: string) => boolean): Promise<string> => {
    for (;;) {
      const found = said.find(wanted)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        news = resolve
      })
    }
  }
  const url = await until((line) => line.startsWith('http://'))
  return { process: child, url, exited, says: async (line) => void (await until((one) => one === line)) }
}

test('SIGTERM: streams and waits end, nobody else gets in, what is under way is answered, and it ends', async () => {
  const { process: child, url, says, exited } = await start(600_000)
  const stream = await fetch(`${url}/v1/events`)
  const reading = stream.text()
  const waiting = fetch(`${url}/v1/vms/1/wait?for=running&timeout=600`)
  const cycle = fetch(`${url}/v1/schedule`, { method: 'POST' })
  await says('cycle begun')
  await says('asked for /v1/vms/1/wait?for=running&timeout=600')
  child.kill('SIGTERM')
  await says('SIGTERM')
  expect(await reading).toContain('retry: ')
  const waited = await waiting
  // Whether the wait began before the signal came is a matter of chance.
  expect([200, 503]).toContain(waited.status)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  child.stdin?.write('go\n')
  expect([(await cycle).status, (await cycle).headers.get('connection')]).toEqual([200, 'close'])
  await says('closed')
  child.stdin?.end()
  expect(await exited).toEqual([0, null])
})

test('a second signal ends it at once, another one than the first too', async () => {
  const { process: child, url, says, exited } = await start(600_000)
  const cycle = fetch(`${url}/v1/schedule`, { method: 'POST' }).catch((error: Error) => error)
  await says('cycle begun')
  child.kill('SIGTERM')
  await says('SIGTERM')
  child.kill('SIGINT')
  expect(await exited).toEqual([130, null])
  expect(await cycle).toBeInstanceOf(Error)
})

test('who is not answered in time is not waited for', async () => {
  const { process: child, url, says, exited } = await start(50)
  const cycle = fetch(`${url}/v1/schedule`, { method: 'POST' }).catch((error: Error) => error)
  await says('cycle begun')
  child.kill('SIGINT')
  await says('closed')
  expect(await cycle).toBeInstanceOf(Error)
  child.stdin?.end()
  expect(await exited).toEqual([0, null])
})
