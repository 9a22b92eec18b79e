/** `probe` from arguments to output and exit status, on a written tree. */
import { Ajv } from 'ajv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runProbe } from '../../probes/command.ts'
import { HOST_REPORT_JSON_SCHEMA } from '../../src/model/schemas/host-report.ts'
import { PCI_INVENTORY_JSON_SCHEMA } from '../../src/model/schemas/pci-inventory.ts'
import { createTree, type Tree } from '../support/sysfs-tree.ts'

let tree: Tree
beforeEach(() => {
  tree = createTree()
  tree.write(
    'pci.ids',
    '#\n8086  Intel Corporation\n\t10d3  82574L "quoted" \\ ]]> name\n10de  NVIDIA Corporation\n\t2236  GA102GL [A10]\nC 02  Network controller\n\t00  Ethernet controller\n',
  )
  tree.pci('0000:02:00.0', {
    sriov_totalvfs: '4\n',
    sriov_numvfs: '0\n',
    net: 'folder:',
    'net/ens1': 'folder:',
  })
  tree.pci('0000:41:00.0', {
    ...NVIDIA,
    sriov_totalvfs: '16\n',
    sriov_numvfs: '1\n',
    virtfn0: { link: '../0000:41:00.4' },
  })
  tree.pci('0000:41:00.4', {
    ...NVIDIA,
    numa_node: '1\n',
    physfn: { link: '../0000:41:00.0' },
    'nvidia/creatable_vgpu_types': 'ID    : vGPU Name\n588   : NVIDIA A10-1B\n589   : NVIDIA A10-2B\n',
  })
  tree.pci('10000:e1:00.0', { class: '0x010802\n', device: '0xffff\n' })
})
afterEach(() => tree.remove())

const NVIDIA = { vendor: '0x10de\n', device: '0x2236\n', class: '0x030200\n' }

async function run(...argv: string[]) {
  const out = { stdout: '', stderr: '' }
  const status = await runProbe(argv, {
    stdout: (text) => {
      out.stdout += text
    },
    stderr: (text) => {
      out.stderr += text
    },
  })
  return { status, ...out }
}

const pci = (...argv: string[]) =>
  run('pci', '--sysfs', tree.sysfs, '--pci-ids', `${tree.root}/pci.ids`, ...argv)
const addresses = async (...argv: string[]) => {
  const { status, stdout } = await pci('--format', 'json', ...argv)
  expect(status).toBe(0)
  return (JSON.parse(stdout) as { devices: { address: string }[] }).devices.map(({ address }) => address)
}

describe('probe pci', () => {
  test('JSON fits its schema, and nothing outside of the tree is told', async () => {
    const { status, stdout, stderr } = await pci('--format', 'json')
    const document: unknown = JSON.parse(stdout)
    const validate = new Ajv({ strict: false }).compile(PCI_INVENTORY_JSON_SCHEMA)
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
    expect(document).toMatchObject({ schema: 'berth.pci-inventory/1', bootId: null })
    expect([status, stderr]).toEqual([0, ''])
  })

  test('the table names all devices', async () => {
    const { stdout } = await pci()
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['ADDR', 'TYPE', 'NUMA', 'GROUP', 'DRIVER', 'KIND', 'NAME'],
      ['02:00.0', '8086:10d3:0200', '-', '-', '-', 'pf 0/4', '82574L "quoted" \\ ]]> name'],
      ['41:00.0', '10de:2236:0302', '-', '-', '-', 'pf 1/16', 'GA102GL [A10]'],
      ['41:00.4', '10de:2236:0302', '1', '-', '-', 'vf', 'GA102GL [A10]'],
      ['10000:e1:00.0', '8086:ffff:0108', '-', '-', '-', 'plain'],
      [''],
    ])
  })

  test.each([
    [[], 4],
    [['--filter', '10de:'], 2],
    [['--filter', '10de:,::0108'], 3],
    [['--filter', '10de:', '--filter', '10de::0302'], 2],
    [['--filter', ''], 0],
    [['--filter', '0:0'], 0],
    [['--short-address', '41:00.4'], 1],
    [['--short-address', '41:00.4', '--short-address', '10000:e1:00.0'], 2],
    [['--filter', '8086:', '--short-address', '41:00.4'], 0],
    [['--device-name', '^ga10', '--device-name', '82574'], 3],
    [['--device-name', '^Device$'], 1],
  ])('%j selects %i devices', async (argv, count) => {
    expect(await addresses(...argv)).toHaveLength(count)
  })

  test.each([
    [['--filter', '8086:,0x10de:'], '"0x10de"'],
    [['--format', 'xml'], 'xml'],
    [['--unknown'], '--unknown'],
    [['stray'], 'stray'],
    [['--short-address', '41:20.0'], '41:20.0'],
    [['--device-name', '('], '('],
    [['--pci-ids', '/nonexistent'], '/nonexistent'],
  ])('%j is wrong usage: status 2, the message names what is wrong', async (argv, named) => {
    const { status, stdout, stderr } = await pci(...argv)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(named)
  })

  test('a folder without sysfs is a failure: status 1', async () => {
    const { status, stderr } = await run('pci', '--sysfs', '/nonexistent')
    expect(status).toBe(1)
    expect(stderr).toContain('/nonexistent/bus/pci/devices')
  })
})

describe('probe pci --config', () => {
  const withConf = (text: string, ...argv: string[]) => {
    tree.write('pci.conf', text)
    return pci('--format', 'json', '--config', `${tree.root}/pci.conf`, ...argv)
  }
  const count = (stdout: string) => (JSON.parse(stdout) as { devices: unknown[] }).devices.length

  test.each([
    ['a filter', ":filter: '10de:*'\n", 2],
    ['no filter: nothing', ":nvidia_vendors: ['10de']\n", 0],
    ['an empty filter: all', ':filter:\n', 4],
    ['addresses narrow it', ":filter:\n:short_address: ['41:00.4']\n", 1],
    ['names narrow it', ':filter:\n:device_name: [a10]\n', 2],
    ['empty lists narrow nothing', ':filter:\n:short_address: []\n:device_name: []\n', 4],
  ])('%s', async (_, text, expected) => {
    const { status, stdout } = await withConf(text)
    expect([status, count(stdout)]).toEqual([0, expected])
  })

  test('a wrong filter in the file: a message, no device, status 0', async () => {
    const { status, stdout, stderr } = await withConf(":filter: '0x8086:'\n")
    expect([status, count(stdout)]).toEqual([0, 0])
    expect(stderr).toContain('"0x8086"')
  })

  test('a wrong part takes nothing from the others', async () => {
    const { stdout } = await withConf(":filter: 'zz:,10de:'\n")
    expect(count(stdout)).toBe(2)
  })

  test("--filter replaces the file's", async () => {
    const { stdout } = await withConf(":filter: '0x8086:'\n", '--filter', '8086:')
    expect(count(stdout)).toBe(2)
  })

  test('a missing file is a failure', async () => {
    const { status, stderr } = await pci('--config', '/nonexistent')
    expect([status, stderr]).toEqual([1, 'berth probe pci: /nonexistent does not exist\n'])
  })
})

describe('probe pci --format opennebula', () => {
  test('prints keys in order, hides PFs with VFs, tells virtual GPUs', async () => {
    const { stdout } = await pci(
      '--format',
      'opennebula',
      '--short-address',
      '41:00.0',
      '--short-address',
      '41:00.4',
    )
    expect(stdout).toBe(`PCI = [
 TYPE = "10de:2236:0302" ,
 VENDOR = "10de" ,
 VENDOR_NAME = "NVIDIA Corporation" ,
 DEVICE = "2236" ,
 CLASS = "0302" ,
 CLASS_NAME = "Class" ,
 ADDRESS = "0000:41:00:4" ,
 SHORT_ADDRESS = "41:00.4" ,
 DOMAIN = "0000" ,
 BUS = "41" ,
 SLOT = "00" ,
 FUNCTION = "4" ,
 NUMA_NODE = "1" ,
 IFNAME = "-" ,
 SRIOV = "vf" ,
 DEVICE_NAME = "NVIDIA Corporation GA102GL [A10]" ,
 UUID = "e4042b96-e63d-56cf-bcc8-4e6eecccc12e" ,
 PROFILES = "588 (NVIDIA A10-1B),589 (NVIDIA A10-2B)" ,
 MDEV_MODE = "nvidia" 
]
`)
  })

  test('a PF without VFs shows its number; nothing in a name can break the parser', async () => {
    const { stdout } = await pci('--format', 'opennebula', '--filter', '8086:10d3')
    expect(stdout).toContain(' IFNAME = "ens1" ,\n SRIOV = "pf" ,\n SRIOV_NUM = "0" ,\n')
    expect(stdout).toContain(` DEVICE_NAME = "82574L 'quoted' / ]] > name" \n]\n`)
    for (const line of stdout.split('\n').filter((text) => text.startsWith(' ')))
      expect(line).toMatch(/^ [A-Z_]+ = "[^"\\]*" ,?$/)
  })

  test('another domain keeps its digits', async () => {
    const { stdout } = await pci('--format', 'opennebula', '--filter', '::0108')
    expect(stdout).toContain(
      ' ADDRESS = "10000:e1:00:0" ,\n SHORT_ADDRESS = "10000:e1:00.0" ,\n DOMAIN = "10000" ,',
    )
    expect(stdout).toContain(' DEVICE_NAME = "Device" ')
  })
})

describe('probe host', () => {
  test('fits its schema and carries what is not offered but related', async () => {
    tree.write('proc/meminfo', 'MemTotal:       1024 kB\n')
    tree.write('proc/sys/kernel/osrelease', '6.1.0\n')
    tree.write('proc/sys/kernel/hostname', 'kvm-a\n')
    tree.write('sys/devices/system/cpu/online', '0-3,8\n')
    const { status, stdout } = await run(
      'host',
      '--sysfs',
      tree.sysfs,
      '--proc',
      tree.proc,
      '--filter',
      '10de::0302',
    )
    const document: unknown = JSON.parse(stdout)
    const validate = new Ajv({ strict: false }).compile(HOST_REPORT_JSON_SCHEMA)
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
    expect(document).toMatchObject({
      host: 'kvm-a',
      capacity: { cpus: 5, memoryKiB: 1024, hypervisor: null },
      domains: null,
    })
    expect(status).toBe(0)
  })

  test('without what every Linux has it fails and names the file', async () => {
    const { status, stderr } = await run('host', '--sysfs', tree.sysfs, '--proc', tree.proc)
    expect(status).toBe(1)
    expect(stderr).toContain('cpu/online does not exist')
  })
})

test.each([['pci'], ['usage'], ['capacity'], ['host']])(
  'probe %s --help prints what there is',
  async (name) => {
    const { status, stdout } = await run(name, '--help')
    expect(status).toBe(0)
    expect(stdout).toContain(`berth probe ${name}`)
  },
)

test.each([[[]], [['nothing']], [['toString']]])('probe %j is wrong usage', async (argv) => {
  expect(await run(...argv)).toMatchObject({ status: 2, stdout: '' })
})
