/** README.md's commands exist, with the options that it gives them, and no command is without an example. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { runProbe } from '../../probes/command.ts'
import { GROUPS } from '../../src/cli/groups.ts'
import { runPlan } from '../../src/cluster-file/command.ts'
import { runOpenNebula } from '../../src/opennebula/command.ts'
import { type PrepareIo, runPrepare } from '../../src/prepare/command.ts'
import type { Command } from '../../src/prepare/edit.ts'
import { berth } from './berth.ts'

const readme = readFileSync(join(resolve(import.meta.dirname, '../..'), 'README.md'), 'utf8')
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => (block ?? '').split('\n'))
  .filter((line) => line.startsWith('berth '))
  .map((line) => line.replace(/\s+#.*$/, '').replace(/ > .*$/, ''))

/** `vm list`, `plan`: the words that name the command. */
function commandOf(line: string): readonly string[] {
  const [, first = '', second = ''] = line.split(' ')
  return [
    'plan',
    'prepare',
    'schedule',
    'serve',
    'explain',
    'doctor',
    'drift',
    'schema',
    'demo',
    'log',
    'completion',
  ].includes(first)
    ? [first]
    : [first, second]
}

async function help(
  command: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string }> {
  let stdout = ''
  const io = {
    stdout: (text: string) => {
      stdout += text
    },
    stderr: () => {},
  }
  const [first = '', ...rest] = command
  if (first === 'probe') return { status: await runProbe([...rest, '--help'], io), stdout }
  if (first === 'prepare') return { status: await prepareHelp(io), stdout }
  if (first === 'opennebula') {
    const more = {
      distFile: (name: string) => name,
      stdin: (async function* () {})(),
      environment: {},
      onStop: () => undefined,
    }
    return { status: await runOpenNebula([...rest, '--help'], { ...io, ...more }), stdout }
  }
  const plan = () => runPlan(['--help'], { ...io, readFile: async () => '' })
  return first === 'plan' ? { status: await plan(), stdout } : berth([...command, '--help'])
}

function prepareHelp(io: Pick<PrepareIo, 'stdout' | 'stderr'>): Promise<number> {
  const runCommand = async (command: Command) => ({ command, exitStatus: 1, output: '' })
  return runPrepare(['--help'], { ...io, readNeeds: async () => [], runCommand })
}

test.each(lines)('%s', async (line) => {
  const { status, stdout } = await help(commandOf(line))
  expect(status).toBe(0)
  for (const option of line.match(/(?<= )-{1,2}[a-z][a-z-]*/g) ?? []) expect(stdout).toContain(option)
})

test('every command has an example', async () => {
  const shown = new Set(lines.map((line) => commandOf(line).join(' ')))
  // Its example is `npm run demo`.
  const missing = new Set(['demo'])
  for (const { name } of GROUPS) {
    const { stdout } = await help([name])
    const passedOn = name === 'probe' || name === 'opennebula'
    const named = passedOn
      ? stdout.matchAll(/^ {2}berth ([a-z]+ [a-z-]+) [ A-Z]/gm)
      : (/\nCommands:\n([\s\S]*?)(?:\n\n|\n$)/.exec(stdout)?.[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? [])
    const leaves = [...named]
      .map(([, leaf = '']) => (passedOn ? leaf : `${name} ${leaf}`))
      .filter((leaf) => leaf !== `${name} help`)
    for (const leaf of leaves.length === 0 ? [name] : leaves) if (!shown.has(leaf)) missing.add(leaf)
  }
  expect([...missing]).toEqual(['demo'])
})
