import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readClusterFile } from '../../src/cluster-file/document.ts'
import { jsonErrorOffset } from '../../src/cluster-file/json-error.ts'
import { InvalidInput } from '../../src/model/errors.ts'

const device = { address: '0000:3b:00.0', vendor: '10de', device: '20b0', class: '0302' }
const cluster = (hosts: unknown[], vms: unknown[] = []) => JSON.stringify({ hosts, vms })
const failure = (text: string): InvalidInput => {
  try {
    readClusterFile(text)
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error(`was read: ${text}`)
}

describe('defaults', () => {
  test('a host is on, unlimited and passes devices, also those in no group', () => {
    expect(readClusterFile(cluster([{ id: 3 }])).snapshot.hosts).toEqual([
      {
        id: 3,
        name: 'h3',
        state: 'on',
        passthroughReady: true,
        ungroupedAllowed: true,
        cluster: 'default',
        cpu: null,
        usedCpu: 0,
        memoryMiB: null,
        usedMemoryMiB: 0,
        runningVms: 0,
        attributes: {},
        devices: [],
      },
    ])
  })

  test('a device is plain, free, healthy and offered', () => {
    expect(readClusterFile(cluster([{ id: 0, devices: [device] }])).snapshot.hosts[0]?.devices).toEqual([
      {
        address: '0000:3b:00.0',
        vendorId: '10de',
        deviceId: '20b0',
        classId: '0302',
        kind: 'plain',
        parent: null,
        numaNode: null,
        iommuGroup: null,
        driver: null,
        bridge: false,
        offered: true,
        claimedBy: null,
        inUseByHost: false,
        wantedVfs: null,
        health: 'ok',
      },
    ])
  })

  test('a VM is called v<id> and has priority 0', () => {
    expect(readClusterFile(cluster([], [{ id: 1, template: '' }])).snapshot.vms).toMatchObject([
      { id: 1, name: 'v1', priority: 0, cpu: 0, memoryMiB: 0, requests: [], onlyHost: null },
    ])
  })

  test('null stands for absent where absent means unlimited or unknown', () => {
    const unknown = { numaNode: null, iommuGroup: null, parent: null, driver: null, claimedBy: null }
    const [host] = readClusterFile(
      cluster([{ id: 0, cpu: null, memoryMiB: null, devices: [{ ...device, ...unknown }] }]),
    ).snapshot.hosts
    expect(host).toMatchObject({ cpu: null, memoryMiB: null, devices: [unknown] })
  })
})

describe('what is said', () => {
  test.each([
    [64, 6400],
    [0.29, 29],
    [0, 0],
    [1.005, 100],
    [1e7, 1e9],
  ])('%d cores of a host are %i hundredths, rounded down', (cpu, expected) => {
    expect(readClusterFile(cluster([{ id: 0, cpu }])).snapshot.hosts[0]?.cpu).toBe(expected)
  })

  test('used cores are rounded up', () => {
    expect(readClusterFile(cluster([{ id: 0, usedCpu: 1.005 }])).snapshot.hosts[0]?.usedCpu).toBe(101)
  })

  test('addresses and ids are read as everywhere', () => {
    const said = { address: '3B:00.1', vendor: '0x10DE', device: '1', class: '302', parent: '0000:3b:00:0' }
    expect(
      readClusterFile(cluster([{ id: 0, devices: [said] }])).snapshot.hosts[0]?.devices[0],
    ).toMatchObject({
      address: '0000:3b:00.1',
      vendorId: '10de',
      deviceId: '0001',
      classId: '0302',
      parent: '0000:3b:00.0',
    })
  })

  test('fields that nobody knows yet are passed over', () => {
    expect(
      readClusterFile(cluster([{ id: 0, rack: 7, devices: [{ ...device, msix: null }] }])).snapshot.hosts,
    ).toHaveLength(1)
  })

  test('a byte order mark is passed over', () => {
    expect(readClusterFile(`\ufeff${cluster([])}`).snapshot.hosts).toEqual([])
  })

  test('a VM with an invalid template is told apart, the others are planned', () => {
    const file = readClusterFile(
      cluster(
        [],
        [
          { id: 1, template: 'CPU =' },
          { id: 2, template: 'PCI = [ VENDOR = "*" ]' },
        ],
      ),
    )
    expect(file.snapshot.vms.map(({ id }) => id)).toEqual([1])
    expect(file.unreadable).toEqual([
      { vm: 2, message: expect.stringMatching(/^Invalid template: line 1, column 18: PCI: VENDOR = "\*"/) },
    ])
  })
})

describe('a bad document is refused with the JSON pointer', () => {
  test.each([
    ['no object', '[]', ''],
    ['no hosts', '{"vms":[]}', '/hosts'],
    ['no VMs', '{"hosts":[]}', '/vms'],
    ['a host without id', cluster([{ id: 0 }, { name: 'a' }]), '/hosts/1/id'],
    ['a host id that is text', cluster([{ id: '0' }]), '/hosts/0/id'],
    ['a negative host id', cluster([{ id: -1 }]), '/hosts/0/id'],
    ['two hosts of one id', cluster([{ id: 5 }, { id: 6 }, { id: 5 }]), '/hosts/2/id'],
    ['an unknown state', cluster([{ id: 0, state: 'up' }]), '/hosts/0/state'],
    ['negative memory', cluster([{ id: 0, memoryMiB: -1 }]), '/hosts/0/memoryMiB'],
    [
      'an attribute that is a list',
      cluster([{ id: 0, attributes: { RACK: [] } }]),
      '/hosts/0/attributes/RACK',
    ],
    [
      'a device without class',
      cluster([{ id: 0, devices: [{ ...device, class: undefined }] }]),
      '/hosts/0/devices/0/class',
    ],
    [
      'a slot above 1f',
      cluster([{ id: 0, devices: [device, { ...device, address: '3b:20.0' }] }]),
      '/hosts/0/devices/1/address',
    ],
    [
      'two devices at one address',
      cluster([{ id: 0, devices: [device, { ...device, address: '3b:00.0' }] }]),
      '/hosts/0/devices/1/address',
    ],
    [
      'a vendor above ffff',
      cluster([{ id: 0, devices: [{ ...device, vendor: '10000' }] }]),
      '/hosts/0/devices/0/vendor',
    ],
    [
      'a parent that is no address',
      cluster([{ id: 0, devices: [{ ...device, parent: 'pf' }] }]),
      '/hosts/0/devices/0/parent',
    ],
    ['node -1', cluster([{ id: 0, devices: [{ ...device, numaNode: -1 }] }]), '/hosts/0/devices/0/numaNode'],
    [
      'an unknown kind',
      cluster([{ id: 0, devices: [{ ...device, kind: 'VF' }] }]),
      '/hosts/0/devices/0/kind',
    ],
    [
      'a flag that is text',
      cluster([{ id: 0, devices: [{ ...device, bridge: 'no' }] }]),
      '/hosts/0/devices/0/bridge',
    ],
    ['a VM without template', cluster([], [{ id: 1 }]), '/vms/0/template'],
    [
      'two VMs of one id',
      cluster(
        [],
        [
          { id: 1, template: '' },
          { id: 1, template: '' },
        ],
      ),
      '/vms/1/id',
    ],
  ])('%s', (_title, text, pointer) => {
    const error = failure(text)
    expect(error.code).toBe('cluster-file-invalid')
    expect(error.facts.pointer).toBe(pointer)
    expect(error.message).toContain(pointer === '' ? 'the document' : pointer)
  })

  test.each([
    ['a list for the document', '[]', 'the document: [] is not an object'],
    ['an id that is text', cluster([{ id: '0' }]), '/hosts/0/id: "0" is not a whole number'],
    [
      'a state nobody knows',
      cluster([{ id: 0, state: 'ON' }]),
      '"ON" is not one of on, off, disabled, unknown',
    ],
    [
      'an address that is none',
      cluster([{ id: 0, devices: [{ ...device, address: 'zz' }] }]),
      '/hosts/0/devices/0/address: "zz" is not a PCI address such as 0000:3b:00.0',
    ],
    [
      'a vendor above ffff',
      cluster([{ id: 0, devices: [{ ...device, vendor: '110de' }] }]),
      '"110de" is not a hexadecimal number up to ffff',
    ],
    [
      'a group that is text',
      cluster([{ id: 0, devices: [{ ...device, iommuGroup: '12' }] }]),
      '/hosts/0/devices/0/iommuGroup: "12" is not a whole number or null',
    ],
    ['memory below 0', cluster([{ id: 0, memoryMiB: -1 }]), '/hosts/0/memoryMiB: -1 is not 0 or more'],
    [
      'a long value',
      cluster([{ id: 0, name: [...'x'.repeat(90)] }]),
      '/hosts/0/name: what stands there is not a text',
    ],
    [
      'a list in a list in a list, 100,000 deep',
      `{"hosts":[${'['.repeat(100_000)}${']'.repeat(100_000)}],"vms":[]}`,
      '/hosts/0: what stands there is not an object',
    ],
  ])('%s is told in words', (_title, text, message) => {
    expect(failure(text).message).toContain(message)
  })

  test('one address on two hosts is two devices', () => {
    const text = cluster([
      { id: 0, devices: [device] },
      { id: 1, devices: [device] },
    ])
    expect(readClusterFile(text).snapshot.hosts).toHaveLength(2)
  })
})

describe('what is no JSON is refused with line and column', () => {
  test.each([
    ['nothing', '', 1, 1],
    ['words', 'hosts: []', 1, 1],
    ['an end too early', '{"hosts": [', 1, 12],
    ['a comma too many', '{\n  "hosts": [],\n}', 3, 1],
    ['a comma too few', '{"hosts": [1 2]}', 1, 14],
    ['a wrong bracket', '{"hosts": [}', 1, 12],
    ['a quote that never ends', '{"hosts', 1, 2],
    ['single quotes', "{'hosts': []}", 1, 2],
    ['a second document', '{} {}', 1, 4],
    ['a leading zero', '{"id": 01}', 1, 9],
    ['a comment', '{} // end', 1, 4],
    ['a binary file', '\u007fELF', 1, 1],
  ])('%s', (_title, text, line, column) => {
    const error = failure(text)
    expect(error.code).toBe('cluster-file-not-json')
    expect(error.facts).toEqual({ line, column })
    expect(error.message).toContain(`line ${line}, column ${column}`)
    expect(error.message).toMatch(/^[ -~]*$/)
  })

  test('nothing is wrong in JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => jsonErrorOffset(text) === text.length))
  })

  test('a stray character in place of a bracket, comma or colon is found where it stands', () => {
    const word = fc.stringMatching(/^[a-z]{0,5}$/)
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, word, fc.integer(), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(fc.tuple(value, fc.constantFrom(0, 2), fc.nat()), ([json, indent, nth]) => {
        const text = JSON.stringify([json], null, indent)
        const places = [...text.matchAll(/[[\]{}:,]/g)].map(({ index }) => index)
        const place = places[nth % places.length] ?? 0
        expect(jsonErrorOffset(`${text.slice(0, place)}@${text.slice(place + 1)}`)).toBe(place)
      }),
    )
  })
})
