/** Which options a group has from the root: those that lead elsewhere only where they make sense. */
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { describingPorts } from '../../src/cli/man/ports.ts'
import { buildProgram, declares } from '../../src/cli/program.ts'
import { berth } from './berth.ts'

const cli = { ports: describingPorts('0.1.0'), finish: () => {}, repeat: () => {} }
const longs = async (loaded: (name: string) => boolean) =>
  (await buildProgram(cli, loaded)).options.map(({ long }) => long)

test.each([
  ['a group that goes to the API', (name: string) => name === 'vm', true],
  ['one about this machine', (name: string) => name === 'serve', false],
  ['all of them', () => true, true],
  ['none', () => false, true],
])('%s', async (_, loaded, expected) => {
  expect((await longs(loaded)).includes('--server')).toBe(expected)
})

test('help of a command about this machine tells nothing of servers', async () => {
  expect((await berth(['serve', '--help'])).stdout).not.toContain('--server')
})

test("an option of a command's own is seen, one level down too", () => {
  const root = new Command('berth')
  root.command('agent').command('join').option('--server <url>')
  expect([declares(root, 'agent', '--server'), declares(root, 'agent', '--context')]).toEqual([true, false])
  expect(declares(root, 'vm', '--server')).toBe(false)
})
