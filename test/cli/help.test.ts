/** Every command explains itself with an example; wrong usage is refused with 2 before anything is asked. */
import { expect, test } from 'vitest'
import { GROUPS } from '../../src/cli/groups.ts'
import { berth } from './berth.ts'

const LEAVES = [
  'vm create',
  'vm list',
  'vm show',
  'vm hold',
  'vm release',
  'vm stop',
  'vm start',
  'vm terminate',
  'vm deploy',
  'vm attach-pci',
  'vm detach-pci',
  'vm attach-usb',
  'vm detach-usb',
  'template create',
  'template list',
  'template show',
  'template check',
  'template instantiate',
  'template delete',
  'host add',
  'host list',
  'host show',
  'host groups',
  'host enable',
  'host disable',
  'host delete',
  'device list',
  'device show',
  'device allow',
  'device bind',
  'device unbind',
  'device reserve',
  'sriov list',
  'sriov set',
  'drift',
  'doctor',
  'device drain',
  'device undrain',
  'device quarantine',
  'device clear',
  'device history',
  'schedule',
  'explain',
  'serve',
  'db migrate',
  'db check',
  'schema',
  'demo',
  'vm wait',
]

test.each(LEAVES)('berth %s --help shows its usage and an example that starts with it', async (leaf) => {
  const { status, stdout, stderr, calls } = await berth([...leaf.split(' '), '--help'])
  expect({ status, stderr, calls }).toEqual({ status: 0, stderr: '', calls: [] })
  expect(stdout).toContain(`Usage: berth ${leaf}`)
  expect(stdout).toMatch(new RegExp(`Examples?:\\n  \\$ berth ${leaf}`))
  expect(stdout).toContain('--db <url>')
})

test('the list of commands above is complete', async () => {
  const found: string[] = []
  for (const group of GROUPS) {
    if (!('load' in group)) continue
    const { stdout } = await berth([group.name, '--help'])
    const commands =
      /\nCommands:\n([\s\S]*?)(?:\n\n|\n$)/.exec(stdout)?.[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? []
    const names = [...commands].map((match) => match[1]).filter((name) => name !== 'help')
    found.push(...(names.length === 0 ? [group.name] : names.map((name) => `${group.name} ${name}`)))
  }
  expect(found.sort()).toEqual([...LEAVES].sort())
})

test('berth --help tells what Berth is and lists every command', async () => {
  const { status, stdout } = await berth(['--help'])
  expect(status).toBe(0)
  expect(stdout).toContain('gives physical PCI devices to virtual machines')
  for (const group of GROUPS) expect(stdout).toMatch(new RegExp(`^  ${group.name}\\s.*${group.summary}`, 'm'))
})

test.each([
  ['help vm', 'Usage: berth vm'],
  ['help vm stop', 'Usage: berth vm stop'],
  ['vm help stop', 'Usage: berth vm stop'],
  ['--db x.db vm stop -h', 'Usage: berth vm stop'],
  ['help', 'Usage: berth [options]'],
])('berth %s prints help', async (line, usage) => {
  const { status, stdout } = await berth(line.split(' '))
  expect(stdout).toContain(usage)
  expect(status).toBe(0)
})

test('berth --version prints the version', async () => {
  expect(await berth(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n' })
})

test.each([
  ['no command', ''],
  ['an unknown command', 'fly'],
  ['a group without a command', 'vm'],
  ['an unknown command of a group', 'vm fly'],
  ['an unknown option', 'host list --fly'],
  ['a missing argument', 'vm show'],
  ['one argument too many', 'vm show a b'],
  ['an option without its value', 'host list --db'],
  ['an empty name', 'vm show  '],
  ['a name that a URL would resolve away', 'vm show ..'],
  ['a priority that is no number', 'vm create f --priority high'],
  ['no VM at all to make', 'template instantiate gpu --count 0'],
  ['a negative grace', 'vm stop 5 --grace -1'],
  ['a grace for a hard stop', 'vm stop 5 --hard --grace 3'],
  ['a host without a driver', 'host add a'],
  ['an unknown driver', 'host add a --driver xen'],
  ['a machine for libvirt', 'host add a --driver libvirt --machine m'],
  ['a connection for the simulator', 'host add a --driver simulator --uri qemu:///system'],
  ['an attribute without a value', 'host add a --driver simulator --attribute RACK'],
  ['a wrong address', 'device show a 3b:00'],
  ['a quarantine without a reason', 'device quarantine a 3b:00.0'],
  ['no number of virtual functions', 'sriov set a 3b:00.0'],
  ['a number of virtual functions that is none', 'sriov set a 3b:00.0 some'],
  ['a cycle without --once', 'schedule'],
  ['an unknown column', 'host list -l ID,FLY'],
  ['a filter on an unknown column', 'host list -f FLY=1'],
  ['a filter that is none', 'host list -f NAME'],
  ['two equals signs', 'host list -f NAME==a'],
  ['an operator that is none', 'host list -f ID!!3'],
  ['a number compared with a word', 'vm list -f CPU>many'],
  ['an amount of memory that is none', 'vm list -f MEM>=8GiB'],
  ['a second filter that is wrong', 'vm list -f ID=1,FLY=2'],
  ['a name longer than any', `vm show ${'x'.repeat(1100)}`],
  ['a cycle with an argument', 'schedule --once now'],
  ['an interval of nothing', 'serve --interval 0'],
])('%s (berth %s) is wrong usage: 2, told on standard error, nothing asked', async (_, line) => {
  const { status, stdout, stderr, calls } = await berth(line === '' ? [] : line.split(' '))
  expect({ status, stdout, calls }).toEqual({ status: 2, stdout: '', calls: [] })
  expect(stderr).not.toBe('')
  expect(stderr).not.toContain('error:')
})
