/** `berth opennebula`: its help, wrong usage, and the scheduler put into a front-end's remotes and taken out again. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runOpenNebula } from '../../src/opennebula/command.ts'
import { PROGRAM } from '../e2e/shipped.ts'
import { action, host, vm } from './build.ts'
import { base64 } from './run-place.ts'

async function* nothing(): AsyncIterable<Uint8Array> {}

async function run(...argv: readonly string[]) {
  let stdout = ''
  let stderr = ''
  const status = await runOpenNebula(argv, {
    stdin: nothing(),
    onStop: () => undefined,
    environment: {},
    distFile: () => PROGRAM,
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
  })
  return { status, stdout, stderr }
}

const COMMANDS = ['place', 'install-scheduler', 'serve']

describe('help and usage', () => {
  test('berth opennebula --help lists the commands', async () => {
    const { status, stdout } = await run('--help')
    expect(status).toBe(0)
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  berth opennebula ${name} .*\\S`, 'm'))
  })

  test.each(COMMANDS)('berth opennebula %s --help shows its usage and an example', async (name) => {
    const { status, stdout, stderr } = await run(name, '--help')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(`Usage: berth opennebula ${name}`)
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  \\$ berth opennebula ${name}`))
  })

  test.each([
    ['no command', [], 'berth opennebula - extend'],
    ['an unknown command', ['fly'], 'there is no command "fly"; there are install-probe, place'],
  ])('%s is wrong usage, and what there is is told', async (_, argv, message) => {
    const { status, stdout, stderr } = await run(...argv)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  test.each([
    ['an unknown option', ['place', '--fly']],
    ['an argument too many', ['place', 'x']],
    ['an option without its value', ['place', '--conf']],
    ['no folder', ['install-scheduler']],
    ['two folders', ['install-scheduler', 'a', 'b']],
  ])('%s is wrong usage', async (_, argv) => {
    const { status, stdout, stderr } = await run(...argv)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^berth opennebula.*\n\(--help tells how it is used\)\n$/)
  })
})

describe('install-scheduler', () => {
  let remotes = ''
  const file = () => join(remotes, 'scheduler/berth/place')
  beforeEach(() => {
    remotes = mkdtempSync(join(tmpdir(), 'berth-remotes-'))
    mkdirSync(join(remotes, 'scheduler/rank'), { recursive: true })
  })
  afterEach(() => rmSync(remotes, { recursive: true, force: true }))

  test('writes an executable and says which lines switch OpenNebula to it, and back', async () => {
    const { status, stdout } = await run('install-scheduler', remotes)
    expect(status).toBe(0)
    expect(stdout).toContain(`Wrote ${file()}`)
    expect(stdout).toContain('ARGUMENTS  = "-t 15 -p berth -o one_drs"')
    expect(stdout).toContain('"-p rank" in place of "-p berth"')
    expect(statSync(file()).mode & 0o777).toBe(0o755)
    expect(readdirSync(join(remotes, 'scheduler/berth'))).toEqual(['place'])
  })

  test('what it writes plans, run as OpenNebula’s driver runs it', async () => {
    await run('install-scheduler', remotes)
    const input = base64(
      action({ vms: [vm({ id: 5 })], hosts: [host({ id: 2 })], allowed: [{ vm: 5, hosts: [2] }] }),
    )
    const ended = spawnSync(file(), [], { input, encoding: 'utf8', env: { PATH: '/nowhere' } })
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' })
    expect(ended.stdout).toContain('<VM_ID>5</VM_ID>\n    <HOST_ID>2</HOST_ID>')
  })

  test('again: nothing to do; a file of an older Berth is brought up to date', async () => {
    await run('install-scheduler', remotes)
    expect((await run('install-scheduler', remotes)).stdout).toContain('is in place already')
    const text = readFileSync(file(), 'utf8')
    writeFileSync(file(), `${text}# older\n`)
    expect((await run('install-scheduler', remotes)).stdout).toContain(`Brought up to date: ${file()}`)
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  test('--undo takes it away, with its folder; a second time there is nothing', async () => {
    await run('install-scheduler', remotes)
    expect((await run('install-scheduler', remotes, '--undo')).stdout).toContain(`Removed ${file()}`)
    expect(readdirSync(join(remotes, 'scheduler'))).toEqual(['rank'])
    expect((await run('install-scheduler', remotes, '--undo')).stdout).toContain('nothing to undo')
  })

  test('--undo leaves what somebody else put beside it', async () => {
    await run('install-scheduler', remotes)
    writeFileSync(join(remotes, 'scheduler/berth/optimize'), '')
    await run('install-scheduler', remotes, '--undo')
    expect(readdirSync(join(remotes, 'scheduler/berth'))).toEqual(['optimize'])
  })

  test.each([
    ['install', []],
    ['undo', ['--undo']],
  ])('%s: a file that is not Berth’s is left alone', async (_, more) => {
    mkdirSync(join(remotes, 'scheduler/berth'))
    writeFileSync(file(), '#!/bin/sh\n')
    await expect(run('install-scheduler', remotes, ...more)).rejects.toMatchObject({
      code: 'scheduler-foreign',
    })
    expect(readFileSync(file(), 'utf8')).toBe('#!/bin/sh\n')
  })

  test('a folder that is no remotes folder of OpenNebula 7 is refused', async () => {
    rmSync(join(remotes, 'scheduler'), { recursive: true })
    await expect(run('install-scheduler', remotes)).rejects.toMatchObject({ code: 'no-remotes-folder' })
    await expect(run('install-scheduler', join(remotes, 'nowhere'))).rejects.toMatchObject({
      code: 'no-remotes-folder',
    })
    expect(existsSync(file())).toBe(false)
  })

  test('what the file system refuses is told with the path, and without advice that would not help', async () => {
    writeFileSync(join(remotes, 'scheduler/berth'), '')
    const refused = run('install-scheduler', remotes)
    await expect(refused).rejects.toMatchObject({ code: 'remotes-unwritable' })
    await expect(refused).rejects.toThrow(`${file()} cannot be read or changed: ENOTDIR`)
    await expect(refused).rejects.not.toThrow('as root')
  })

  test.skipIf(process.getuid?.() === 0)(
    'where rights are missing, who may is told (skipped as root)',
    async () => {
      chmodSync(join(remotes, 'scheduler'), 0o500)
      await expect(run('install-scheduler', remotes)).rejects.toThrow('run this as oneadmin')
      chmodSync(join(remotes, 'scheduler'), 0o700)
    },
  )

  test.skipIf(process.getuid?.() !== 0)(
    'it belongs to whom the schedulers belong to (skipped unless root)',
    async () => {
      chownSync(join(remotes, 'scheduler'), 9869, 9869)
      await run('install-scheduler', remotes)
      expect(statSync(file())).toMatchObject({ uid: 9869, gid: 9869 })
    },
  )

  test('paths with quotes and blanks in them are safe in the shell', async () => {
    let written = ''
    await runOpenNebula(['install-scheduler', remotes], {
      stdin: nothing(),
      onStop: () => undefined,
      environment: {},
      distFile: () => "/a b/it's $(x).mjs",
      stdout: () => undefined,
      stderr: () => undefined,
    })
    written = readFileSync(file(), 'utf8').replace('exec "$node"', 'printf %s')
    expect(spawnSync('/bin/sh', ['-c', written], { encoding: 'utf8' }).stdout).toBe(
      "/a b/it's $(x).mjsopennebulaplace",
    )
  })
})
