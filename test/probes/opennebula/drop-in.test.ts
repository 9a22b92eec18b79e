/** The program that replaces OpenNebula's PCI probe, on trees that no shared data has, and with what may be wrong on a host. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dropIn } from '../../../probes/opennebula/drop-in.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'

let tree: Tree
beforeEach(() => {
  tree = createTree()
  tree.write('pci.ids', '8086  Intel\n\t10d3  A "quoted" name\n\t1592  Device 9 Controller\nC 02  Network\n')
  tree.write('remotes/im/kvm-probes.d/host/system/pci', '')
  tree.pci('0000:02:00.0')
  tree.pci('10000:e1:00.0', { device: '0x1592\n', class: '0x010802\n' })
})
afterEach(() => tree.remove())

async function run(...argv: string[]) {
  const out = { stdout: '', stderr: '' }
  const script = `${tree.root}/remotes/im/kvm-probes.d/host/system/pci`
  await dropIn(['--sysfs', tree.sysfs, '--pci-ids', `${tree.root}/pci.ids`, ...argv], script, {
    stdout: (text) => {
      out.stdout += text
    },
    stderr: (text) => {
      out.stderr += text
    },
  })
  return out
}

function configure(text: string): void {
  tree.write('remotes/etc/im/kvm-probes.d/pci.conf', text)
}

const values = (text: string, key: string) =>
  [...text.matchAll(new RegExp(`^ ${key} = "(.*)" ,?$`, 'gm'))].map(([, value]) => value)
const addresses = async () => values((await run()).stdout, 'SHORT_ADDRESS')

describe('pci.conf is read where the original reads it, by the path of the program', () => {
  test.each([
    ['all devices, a 32-bit domain with its digits', ':filter:\n', ['02:00.0', '10000:e1:00.0']],
    ['the order of the filters', ":filter: ['::0108', '8086:']\n", ['10000:e1:00.0', '02:00.0']],
    ['each device once', ":filter: ['::0200', '8086:10d3', '8086::02xx']\n", ['02:00.0']],
    ['a wrong filter takes nothing from the others', ":filter: ['0x8086:', '::0200']\n", ['02:00.0']],
    ['the same key twice: the last', ":filter: '0:0'\n:filter: '::0200'\n", ['02:00.0']],
    ['an address as lspci writes it', ":filter:\n:short_address: ['10000:e1:00.0']\n", ['10000:e1:00.0']],
    ['an address that lspci would not write so', ":filter:\n:short_address: ['0000:02:00.0']\n", []],
    ["Ruby's anchors", ":filter:\n:device_name: ['\\ADevice \\h Controller\\z']\n", ['10000:e1:00.0']],
    ["Ruby's brackets", ":filter:\n:device_name: ['^Device [[:digit:]]']\n", ['10000:e1:00.0']],
    ['keys without their colon mean nothing', "filter: '*:*'\n", []],
  ])('%s', async (_, text, expected) => {
    configure(text)
    expect(await addresses()).toEqual(expected)
  })

  test('arguments of OpenNebula are ignored', async () => {
    configure(':filter:\n')
    const plain = await run()
    expect(await run('kvm', '/var/lib/one//datastores', '4124', '60', '-x', '--nothing=1')).toEqual(plain)
  })
})

describe('what is wrong is told on standard error, prints no device, and is no failure', () => {
  test.each([
    ['no YAML', ':filter: [', 'is no YAML'],
    ['an alias that YAML does not know', ':filter: *:*\n', 'is no YAML'],
    ['a list', '- a\n', 'no mapping'],
    ['a filter of another kind', ':filter: {a: b}\n', 'takes a text'],
    ['a wrong pattern', ":filter:\n:device_name: ['(']\n", 'device name pattern "("'],
    ['a key without its colon', "filter: '*:*'\n", 'write :filter'],
    [
      'an address written otherwise',
      ":filter:\n:short_address: ['0000:02:00.0']\n",
      'lspci writes it: 02:00.0',
    ],
  ])('%s', async (_, text, message) => {
    configure(text)
    const { stdout, stderr } = await run()
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^berth pci probe: .*\n$/)
  })

  test('no pci.conf', async () => {
    const { stdout, stderr } = await run()
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('kvm-probes.d/pci.conf does not exist')])
  })

  test('no PCI bus', async () => {
    configure(':filter:\n')
    const { stdout, stderr } = await run('--sysfs', '/nonexistent')
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('/nonexistent/bus/pci/devices')])
  })
})

describe('IFNAME', () => {
  const nic = (interfaces: Readonly<Record<string, string | null>>) => {
    tree.pci('0000:03:00.0', {
      device: '0x1592\n',
      ...Object.fromEntries(Object.keys(interfaces).map((name) => [`net/${name}`, 'folder:'])),
    })
    for (const [name, port] of Object.entries(interfaces))
      if (port !== null) tree.write(`sys/class/net/${name}/phys_port_name`, `${port}\n`)
    configure(":filter: '8086:1592:0200'\n")
  }

  test.each([
    ['the only one', { ens1: null }, 'ens1'],
    ['the wire before representors', { eth0: 'pf0vf0', eth1: 'c1pf0sf3', pf0: 'p0' }, 'pf0'],
    ['the first where none has a port name', { ens1f1: null, ens1f0: null }, 'ens1f0'],
    ['the first of representors only', { eth1: 'pf0vf1', eth0: 'pf0vf0' }, 'eth0'],
    ['- without any', {}, '-'],
  ] as const)('%s', async (_, interfaces, expected) => {
    nic(interfaces)
    expect(values((await run()).stdout, 'IFNAME')).toEqual([expected])
  })
})

test('a PF with VFs is not printed, its VFs are', async () => {
  tree.pci('0000:04:00.0', {
    sriov_totalvfs: '4\n',
    sriov_numvfs: '1\n',
    virtfn0: { link: '../0000:04:00.1' },
  })
  tree.pci('0000:04:00.1', { physfn: { link: '../0000:04:00.0' } })
  configure(":filter: '8086:10d3'\n")
  expect(await addresses()).toEqual(['02:00.0', '04:00.1'])
})

describe('--iommu', () => {
  test('adds keys behind all others', async () => {
    const group = { link: '../../../kernel/iommu_groups/7' }
    tree.pci('0000:05:00.0', { iommu_group: group, class: '0x060400\n' })
    tree.pci('0000:05:00.1', { iommu_group: group, class: '0x040300\n' })
    tree.pci('0000:05:00.2', {
      ...{ device: '0x1592\n', iommu_group: group, reset_method: 'flr bus\n' },
      ...{ driver: { link: '../../../bus/pci/drivers/iavf' }, physfn: { link: '../0000:02:00.0' } },
    })
    configure(":filter: ['8086:1592']\n")
    const { stdout } = await run('--iommu')
    expect(stdout).toContain(` DEVICE_NAME = "Device 9 Controller" ,
 IOMMU_GROUP = "7" ,
 IOMMU_MATES = "05:00.1" ,
 DRIVER = "iavf" ,
 RESET_METHODS = "flr,bus" ,
 PARENT = "02:00.0" 
]
`)
    expect(stdout).toContain(
      ' IOMMU_GROUP = "-" ,\n IOMMU_MATES = "-" ,\n DRIVER = "-" ,\n RESET_METHODS = "-" ,\n PARENT = "-" \n]\n',
    )
  })
})

test('no value can break the line that it stands in', async () => {
  configure(':filter:\n')
  const { stdout } = await run('--iommu')
  expect(values(stdout, 'DEVICE_NAME')).toContain("A 'quoted' name")
  for (const line of stdout.split('\n').filter((text) => text.startsWith(' ')))
    expect(line).toMatch(/^ [A-Z_]+ = "[^"\\]*" ,?$/)
})
