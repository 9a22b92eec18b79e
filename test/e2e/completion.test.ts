/** Completion in real shells at a terminal: what is typed, with its Tab keys, and the arguments that berth then gets. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { PROGRAM, berth as shipped } from './shipped.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

const HOSTILE = 'z$(touch pwned)'

let folder: string
const file = (name: string) => join(folder, name)

/** For completion the real program; else it writes down what it was given. */
const shim = () => `#!/bin/sh
case "$1" in __complete|completion) exec ${process.execPath} ${PROGRAM} "$@";; esac
for word in "$@"; do printf '%s\\n' "$word"; done > ${file('draft')}
mv ${file('draft')} ${file('given')}
`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-completion-'))
  mkdirSync(file('bin'))
  writeFileSync(file('bin/berth'), shim())
  chmodSync(file('bin/berth'), 0o755)
  writeFileSync(file('some.tmpl'), 'CPU = 1\nMEMORY = 64\n')
  const done = async (...args: readonly string[]) => {
    const { status, stderr } = await shipped(folder, ...args)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }
  await done(
    'host',
    'add',
    'sim-host',
    '--driver',
    'simulator',
    '--machine',
    'sim-gpu-a100',
    '--filter',
    '10de::0302',
  )
  for (const name of ['train-1', 'two words', HOSTILE])
    await done('vm', 'create', 'some.tmpl', '--name', name, '--hold')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Shell {
  readonly path: string
  readonly start: readonly string[]
  /** Loads the script; the prompt is `ready> ` then. */
  readonly setUp: string
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    path: '/bin/bash',
    start: ['--norc', '--noprofile', '-i'],
    setUp: 'bind "set enable-bracketed-paste off"; eval "$(berth completion bash)"; PS1="rea""dy> "',
  },
  zsh: {
    path: '/usr/bin/zsh',
    start: ['-f', '-i'],
    setUp:
      'unsetopt zle_bracketed_paste PROMPT_SP; autoload -U compinit && compinit -u -D; eval "$(berth completion zsh)"; PS1="rea""dy> "',
  },
  fish: {
    path: '/usr/bin/fish',
    start: ['--no-config', '-i'],
    setUp:
      'berth completion fish | source; function fish_prompt; echo -n "rea""dy> "; end; function fish_greeting; end',
  },
}

interface Session {
  /** Types it, Enter, and gives the arguments that berth got. */
  typed(line: string): Promise<readonly string[]>
  end(): Promise<unknown>
}

async function open({ path, start, setUp }: Shell): Promise<Session> {
  const child = execa('/usr/bin/script', ['-qec', [path, ...start].join(' '), '/dev/null'], {
    cwd: folder,
    env: {
      PATH: `${file('bin')}:${process.env.PATH}`,
      BERTH_DB: file('berth.db'),
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      TERM: 'xterm',
    },
    extendEnv: false,
    reject: false,
    all: true,
  })
  let seen = ''
  child.all?.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
  })
  const until = (condition: () => boolean) =>
    vi.waitFor(() => expect(condition(), seen).toBe(true), { timeout: 25_000, interval: 20 })
  child.stdin?.write(`${setUp}\r`)
  await until(() => seen.includes('ready> '))
  return {
    typed: async (line) => {
      seen = ''
      rmSync(file('given'), { force: true })
      // A shell looks at the next key when it has completed.
      child.stdin?.write(`${line}\r`)
      await until(() => existsSync(file('given')) && seen.includes('ready> '))
      return readFileSync(file('given'), 'utf8').split('\n').slice(0, -1)
    },
    end: () => {
      child.kill()
      return child
    },
  }
}

describe.each(Object.entries(SHELLS))('%s', (name, shell) => {
  const there = existsSync(shell.path) && existsSync('/usr/bin/script')
  let session: Session | null = null
  afterAll(() => session?.end())

  test.skipIf(!there).each([
    ['a command', 'berth vm sh\ttr\t', ['vm', 'show', 'train-1']],
    ['an option', 'berth vm list --no-h\t', ['vm', 'list', '--no-header']],
    ["an option's value", 'berth device list --host si\t', ['device', 'list', '--host', 'sim-host']],
    [
      'an address, colons and all',
      'berth device show sim-host 0f:\t',
      ['device', 'show', 'sim-host', '0f:00.0'],
    ],
    ['a name with a blank', 'berth vm show two\t', ['vm', 'show', 'two words']],
    ['a name that would be a command', 'berth vm show z\t', ['vm', 'show', HOSTILE]],
    ['a file', 'berth vm create so\t', ['vm', 'create', 'some.tmpl']],
    ['the value of a global option', 'berth --context lo\thost li\t', ['--context', 'local', 'host', 'list']],
  ])(`${name} completes %s`, async (_, line, args) => {
    session ??= await open(shell)
    expect(await session.typed(line)).toEqual(args)
    expect(existsSync(file('pwned'))).toBe(false)
  })
})

test('completion makes no database where there is none', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'berth-nothing-'))
  const { stdout, stderr, exitCode } = await execa(
    process.execPath,
    [PROGRAM, '__complete', 'vm', 'show', ''],
    {
      cwd: empty,
      env: { PATH: process.env.PATH, XDG_CONFIG_HOME: empty },
      extendEnv: false,
    },
  )
  expect({ stdout, stderr, exitCode, made: existsSync(join(empty, 'berth.db')) }).toEqual({
    stdout: 'words',
    stderr: '',
    exitCode: 0,
    made: false,
  })
  rmSync(empty, { recursive: true })
})
