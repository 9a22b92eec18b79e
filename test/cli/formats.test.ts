/** XML and YAML of what is shown and listed: OpenNebula's shape, and nothing hostile gets through. */

import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { elementName, elementOf } from '../../src/cli/documents/element.ts'
import { xmlText } from '../../src/cli/documents/xml.ts'
import { yamlText } from '../../src/cli/documents/yaml.ts'
import { csvText } from '../../src/cli/text/csv.ts'
import { printable } from '../../src/cli/text/printable.ts'
import { parseXml, textOf } from '../../src/libvirt/xml.ts'
import { berth } from './berth.ts'
import { deviceView, hostSummary, hostView, templateView, vmSummary, vmView } from './documents.ts'

const STEERING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const anyText = fc.string({ unit: 'binary' })
const anyDocument = fc
  .jsonValue({ stringUnit: 'binary', maxDepth: 4 })
  // As it comes out of the API: there is no -0 in JSON.
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
const withoutLines = (text: string) => text.replaceAll('\n', '')

describe('whatever the document', () => {
  test('YAML is the same document, and steers no terminal', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const text = yamlText(document)
        expect(withoutLines(text)).not.toMatch(STEERING)
        expect(parse(text)).toStrictEqual(document)
      }),
    )
  })

  test('XML is well-formed, and steers no terminal', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const text = xmlText(elementOf('X', document))
        expect(XMLValidator.validate(text)).toBe(true)
        expect(text.replace(/[\n\t]/g, '')).not.toMatch(STEERING)
      }),
    )
  })

  test('a text in XML is read back as it was, but for what XML cannot carry', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 has no place for
    const lost = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\p{Cs}]/gu
    fc.assert(
      fc.property(anyText, (text) => {
        const root = parseXml(xmlText(['X', `(${text})`]))
        // The line end in a reference is what it says; the parser of the test takes it for one of the file's.
        const same = (one: string) => one.replace(/\r/g, '')
        expect(same(textOf(root))).toBe(same(`(${text.replace(lost, '\ufffd')})`))
      }),
    )
  })

  test('CSV is read back cell by cell', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText), { minLength: 1 }), (rows) => {
        const columns = [0, 1].map((at) => ({
          name: `C${at}`,
          width: 1,
          cell: (row: readonly string[]) => row[at] ?? '',
        }))
        const text = csvText(columns, rows, ',', false)
        expect(withoutLines(text)).not.toMatch(STEERING)
        expect(readCsv(text)).toEqual(rows.map((row) => row.map(printable)))
      }),
    )
  })
})

/** RFC 4180, as a spreadsheet reads it. */
function readCsv(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map((line) =>
      [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^",]*)),/g)].map(([, quoted, plain]) =>
        quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
      ),
    )
}

const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'PCI' || name === 'HOST' })
const read = (text: string) => parser.parse(text)

const GPU = deviceView('3b:00.0', {
  deviceName: 'A <b> & "c"',
  vendorName: 'NVIDIA Corporation',
  vm: 7,
  state: 'attached',
})
const VF = deviceView('10000:e1:00.1', {
  kind: 'vf',
  parent: null,
  numaNode: null,
  networkInterfaces: ['ens1f0'],
})
const HIDDEN = deviceView('3b:00.1', { offered: false })

test('host show -x has the elements that OpenNebula has, in its order', async () => {
  const view = hostView({ devices: [GPU, VF, HIDDEN], attributes: { RACK: '7 & 8' }, cluster: 'lab' })
  const { stdout } = await berth(['host', 'show', 'kvm-a', '-x'], {
    'GET /v1/hosts/kvm-a': view,
    'GET /v1/vms': [vmSummary({ id: 7 }), vmSummary({ id: 8, host: 1 }), vmSummary({ id: 9, host: null })],
  })
  const { HOST } = read(stdout)
  expect(HOST[0]).toMatchObject({
    ID: '0',
    NAME: 'kvm-a',
    STATE: '2',
    CLUSTER: 'lab',
    HOST_SHARE: {
      MEM_USAGE: '8388608',
      TOTAL_MEM: '268435456',
      TOTAL_CPU: '6400',
      CPU_USAGE: '400',
      RUNNING_VMS: '1',
    },
    VMS: { ID: '7' },
    TEMPLATE: { RACK: '7 & 8', ARCH: 'x86_64' },
  })
  expect(HOST[0].HOST_SHARE.PCI_DEVICES.PCI).toMatchObject([
    {
      ADDRESS: '0000:3b:00:0',
      BUS: '3b',
      CLASS: '0302',
      DEVICE: '20b0',
      DEVICE_NAME: 'A <b> & "c"',
      DOMAIN: '0000',
      FUNCTION: '0',
      IFNAME: '-',
      NUMA_NODE: '0',
      SHORT_ADDRESS: '3b:00.0',
      SLOT: '00',
      SRIOV: 'no',
      TYPE: '10de:20b0:0302',
      VENDOR: '10de',
      VENDOR_NAME: 'NVIDIA Corporation',
      VMID: '7',
    },
    {
      ADDRESS: '10000:e1:00:1',
      SHORT_ADDRESS: '10000:e1:00.1',
      NUMA_NODE: '-',
      IFNAME: 'ens1f0',
      SRIOV: 'vf',
      VMID: '-1',
    },
  ])
})

/** Of a host of OpenNebula 7.4 as its own command prints it. */
const ATTRIBUTES =
  'ADDRESS BUS CLASS CLASS_NAME DEVICE DEVICE_NAME DOMAIN FUNCTION IFNAME NUMA_NODE SHORT_ADDRESS SLOT SRIOV TYPE VENDOR VENDOR_NAME VMID'

test("a PCI element has OpenNebula's attributes, then Berth's own", async () => {
  const { stdout } = await berth(['device', 'show', '0', '3b:00.0', '-x'], {
    'GET /v1/hosts/0/devices/0000%3A3b%3A00.0': GPU,
  })
  expect(Object.keys(read(stdout).PCI[0]).join(' ')).toBe(
    `${ATTRIBUTES} IOMMU_GROUP DRIVER STATE HOST_ID HOST_NAME`,
  )
})

test('host list -x is a pool, each host with its own devices', async () => {
  const { stdout, calls } = await berth(['host', 'list', '-x', '-f', 'NAME~kvm'], {
    'GET /v1/hosts': [
      hostSummary(),
      hostSummary({ id: 1, name: 'kvm-b', state: 'disabled' }),
      hostSummary({ id: 2, name: 'x' }),
    ],
    'GET /v1/devices': [GPU, HIDDEN, { ...VF, host: 1 }],
    'GET /v1/vms': [vmSummary({ id: 7 }), vmSummary({ id: 8 })],
  })
  expect(calls.map(({ path }) => path)).toEqual(['/v1/hosts', '/v1/devices', '/v1/vms'])
  const { HOST_POOL } = read(stdout)
  const found = HOST_POOL.HOST.map(
    (host: {
      NAME: string
      STATE: string
      HOST_SHARE: { PCI_DEVICES: { PCI: { SHORT_ADDRESS: string }[] } }
    }) => [host.NAME, host.STATE, host.HOST_SHARE.PCI_DEVICES.PCI.map((pci) => pci.SHORT_ADDRESS)],
  )
  expect(found).toEqual([
    ['kvm-a', '2', ['3b:00.0']],
    ['kvm-b', '4', ['10000:e1:00.1']],
  ])
})

test('an empty pool is an empty element', async () => {
  expect((await berth(['vm', 'list', '-x'], { 'GET /v1/vms': [] })).stdout).toBe('<VM_POOL/>\n')
})

test.each([
  ['PENDING', '1', '0'],
  ['HOLD', '2', '0'],
  ['BOOT', '3', '2'],
  ['RUNNING', '3', '3'],
  ['POWEROFF', '8', '0'],
  ['BOOT_FAILURE', '3', '36'],
  ['DONE', '6', '0'],
] as const)("a VM that is %s has OpenNebula's numbers for it", async (state, number, lifecycle) => {
  const { stdout } = await berth(['vm', 'list', '-x', '--all'], {
    'GET /v1/vms?all=true': [vmSummary({ state })],
  })
  expect(read(stdout).VM_POOL.VM).toMatchObject({ STATE: number, LCM_STATE: lifecycle })
})

test('vm show -x: what it was given stands in its PCI blocks, the rest of the template beside them', async () => {
  const view = vmView({
    message: 'a <message>',
    template:
      'NAME = "a"\nCPU = 4\nMEMORY = 8192\nPCI = [ VENDOR = "10de" ]\nPCI = [ CLASS = "0200" ]\nGRAPHICS = [ TYPE = "vnc" ]\nNOTE = "x<y>&z"',
    devices: [
      {
        address: '0000:3b:00.0',
        role: 'passed',
        request: 0,
        type: '10de:20b0:0302',
        name: null,
        state: 'attached',
      },
    ],
  })
  const { stdout } = await berth(['vm', 'show', '5', '-x'], { 'GET /v1/vms/5': view })
  const { VM } = read(stdout)
  expect(VM.TEMPLATE).toEqual({
    CPU: '4',
    MEMORY: '8192',
    PCI: [
      {
        ADDRESS: '0000:3b:00:0',
        BUS: '3b',
        CLASS: '0302',
        DEVICE: '20b0',
        DOMAIN: '0000',
        FUNCTION: '0',
        PCI_ID: '0',
        SHORT_ADDRESS: '3b:00.0',
        SLOT: '00',
        VENDOR: '10de',
      },
      { CLASS: '0200' },
    ],
    GRAPHICS: { TYPE: 'vnc' },
    NOTE: 'x<y>&z',
    VMID: '5',
  })
  expect(VM.USER_TEMPLATE.SCHED_MESSAGE).toBe('a <message>')
  expect(VM.HISTORY_RECORDS.HISTORY).toMatchObject({ HOSTNAME: 'kvm-a', HID: '0' })
})

test('template list -x', async () => {
  const { stdout } = await berth(['template', 'list', '-x'], { 'GET /v1/templates': [templateView()] })
  expect(read(stdout).VMTEMPLATE_POOL.VMTEMPLATE).toMatchObject({
    ID: '3',
    NAME: 'gpu',
    TEMPLATE: { CPU: '4' },
  })
})

test('what OpenNebula does not have gets its own fields in upper case', async () => {
  const list = {
    host: 0,
    hostName: 'kvm-a',
    reportedAt: null,
    pfs: [{ address: '0000:3b:00.0', vfs: [{ index: 0 }, { index: 1 }] }],
  }
  const text = xmlText(elementOf('SRIOV', list))
  expect(read(text).SRIOV).toEqual({
    HOST: ['0'],
    HOST_NAME: 'kvm-a',
    REPORTED_AT: '',
    PFS: { PF: { ADDRESS: '0000:3b:00.0', VFS: { VF: [{ INDEX: '0' }, { INDEX: '1' }] } } },
  })
})

test.each([
  ['memoryMiB', 'MEMORY_MIB'],
  ['1st', '_1ST'],
  ['a b<c>', 'A_B_C_'],
  ['', '_'],
])('a field %j is the element %s', (key, name) => {
  expect(elementName(key)).toBe(name)
})

test.each([
  ['vm show 5', 'GET /v1/vms/5', vmView()],
  ['vm list', 'GET /v1/vms', [vmSummary()]],
  ['host show 0', 'GET /v1/hosts/0', hostView({ devices: [GPU] })],
  ['host list', 'GET /v1/hosts', [hostSummary()]],
  ['device list', 'GET /v1/devices', [GPU]],
  ['template show 3', 'GET /v1/templates/3', templateView()],
])('%s -y is the document of -j', async (line, route, answer) => {
  const argv = line.split(' ')
  const { stdout, calls } = await berth([...argv, '-y'], { [route]: answer })
  expect(parse(stdout)).toEqual(JSON.parse((await berth([...argv, '-j'], { [route]: answer })).stdout))
  expect(calls.length).toBe(1)
})
