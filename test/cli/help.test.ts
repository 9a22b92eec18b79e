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
  'template fit',
  'template instantiate',
  'template update',
  'template delete',
  'host add',
  'host list',
  'host show',
  'host groups',
  'host set',
  'host fence',
  'host prepare',
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
  'device types',
  'schedule',
  'explain',
  'serve',
  'db migrate',
  'db check',
  'db backup',
  'db copy',
  'schema',
  'demo',
  'token create',
  'token list',
  'token revoke',
  'token join',
  'token revoke-host',
  'quota set',
  'quota list',
  'quota delete',
  'log',
  'agent run',
  'agent join',
  'agent status',
  'context add',
  'context list',
  'context use',
  'context show',
  'context delete',
  'completion',
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
  ['a token without a role', 'token create a'],
  ['a role that is none', 'token create a --role root'],
  ['a time that is none', 'token create a --role user --expires soon'],
  ['no time at all', 'token join a --expires 0h'],
  ['a quota without a number', 'quota set alice 10de:'],
  ['a quota below nothing', 'quota set alice 10de: -1'],
  ['a time in no unit', 'log --since 2'],
  ['two forms at once', 'vm list -j -x'],
  ['CSV as JSON', 'vm list --csv -j'],
  ['JSON again and again', 'vm list -j -d 5'],
  ['a delay of nothing', 'vm list -d 0'],
  ['a delimiter of two characters', 'vm list --csv --csv-del ab'],
  ['a quote as delimiter', 'vm list --csv --csv-del "'],
  ['a width of an unknown column', 'vm list -s FLY=3'],
  ['a width that is none', 'vm list -s NAME'],
  ['a width of nothing', 'vm list -s NAME=0'],
  ['an unknown column to expand', 'vm list --expand FLY'],
  ['an operator that is none', 'vm list -f ID=1 --operator XOR'],
  ['a server and a database', 'vm list --server https://a --db b.db'],
  ['a server and a context', 'vm list --server https://a --context b'],
  ['a server for a command about this machine', 'serve --server https://a'],
  ['a context for one that reads its own arguments', '--context lab probe pci'],
  ['a token for one, the option with its value', 'db check --token-file=x'],
  ['a context without a server', 'context add lab'],
  ['completion for an unknown shell', 'completion csh'],
  ['completion for none', 'completion'],
])('%s (berth %s) is wrong usage: 2, told on standard error, nothing asked', async (_, line) => {
  const { status, stdout, stderr, calls } = await berth(line === '' ? [] : line.split(' '))
  expect({ status, stdout, calls }).toEqual({ status: 2, stdout: '', calls: [] })
  expect(stderr).not.toBe('')
  expect(stderr).not.toContain('error:')
})
