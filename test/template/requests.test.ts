import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../src/model/errors.ts'
import { readTemplate } from '../../src/template/validate.ts'

const anything = { vendorId: null, deviceId: null, classId: null, address: null }
const one = { index: 0, count: 1, kind: null, allFunctions: false, optional: false, managed: true }

const requestsOf = (text: string) => readTemplate(text).requests

const failure = (text: string): InvalidInput => {
  try {
    readTemplate(text)
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error(`was read: ${text}`)
}

describe('selectors', () => {
  test.each([
    [
      'vendor, device and class',
      'VENDOR = "10de", DEVICE = "20b0", CLASS = "0302"',
      { vendorId: '10de', deviceId: '20b0', classId: '0302' },
    ],
    ['unquoted values', 'VENDOR = 10de, CLASS = 0302', { vendorId: '10de', classId: '0302' }],
    ['ids of one attribute', 'CLASS = "0302"', { classId: '0302' }],
    ['any case and 0x', 'VENDOR = "0x10DE", DEVICE = "0X20b0"', { vendorId: '10de', deviceId: '20b0' }],
    ['ids are numbers', 'CLASS = "2", VENDOR = "00010de"', { classId: '0002', vendorId: '10de' }],
    ['zero is an id', 'VENDOR = 0', { vendorId: '0000' }],
    ['empty ids match any', 'VENDOR = "10de", DEVICE = "", CLASS =', { vendorId: '10de' }],
    ['blanks around an id', 'VENDOR = " 10de "', { vendorId: '10de' }],
    ['SHORT_ADDRESS is in domain 0', 'SHORT_ADDRESS = "3B:00.0"', { address: '0000:3b:00.0' }],
    [
      'SHORT_ADDRESS of another domain keeps it',
      'SHORT_ADDRESS = "10000:e1:00.0"',
      { address: '10000:e1:00.0' },
    ],
    ['ADDRESS', 'ADDRESS = "0000:3b:00.1"', { address: '0000:3b:00.1' }],
    ["ADDRESS with OpenNebula's colon", 'ADDRESS = "0000:3b:00:1"', { address: '0000:3b:00.1' }],
    [
      'both addresses that agree',
      'ADDRESS = "0000:3b:00:0", SHORT_ADDRESS = 3b:00.0',
      { address: '0000:3b:00.0' },
    ],
    [
      'an address and ids',
      'SHORT_ADDRESS = "3b:00.0", VENDOR = "10de"',
      { address: '0000:3b:00.0', vendorId: '10de' },
    ],
    ['COUNT 1 of an address', 'SHORT_ADDRESS = "3b:00.0", COUNT = 1', { address: '0000:3b:00.0' }],
  ])('%s', (_title, block, expected) => {
    expect(requestsOf(`PCI = [ ${block} ]`)).toEqual([{ ...one, selector: { ...anything, ...expected } }])
  })
})

describe('extensions', () => {
  test.each([
    ['COUNT', 'COUNT = "3"', { count: 3 }],
    ['COUNT of 64', 'COUNT = 64', { count: 64 }],
    ['an empty COUNT is 1', 'COUNT = ""', {}],
    ['KIND VF', 'KIND = "VF"', { kind: 'vf' }],
    ['KIND in lower case', 'KIND = pf', { kind: 'pf' }],
    ['KIND PLAIN', 'KIND = "PLAIN"', { kind: 'plain' }],
    ['KIND ANY', 'KIND = "ANY"', {}],
    ['FUNCTIONS ALL', 'FUNCTIONS = "ALL"', { allFunctions: true }],
    [
      'a VF with all functions is valid, and fits nothing',
      'FUNCTIONS = "ALL", KIND = "VF"',
      { allFunctions: true, kind: 'vf' },
    ],
    ['OPTIONAL YES', 'OPTIONAL = "yes"', { optional: true }],
    ['OPTIONAL NO', 'OPTIONAL = "NO"', {}],
    ['MANAGED NO', 'MANAGED = "NO"', { managed: false }],
    ['MANAGED YES', 'MANAGED = "YES"', {}],
    [
      'TYPE NIC is a VF on the network',
      'TYPE = "nic", MAC = "02:00:0A:00:00:01", VLAN_ID = "42"',
      { kind: 'vf', network: { mac: '02:00:0a:00:00:01', vlan: 42 } },
    ],
    [
      "TYPE NIC with OpenNebula's other keys, which are kept",
      'TYPE = "NIC", NETWORK = "passthrough", TRUST = "yes"',
      { kind: 'vf', network: { mac: null, vlan: 0 } },
    ],
    [
      'TYPE NIC, COUNT without a MAC, VLAN 0',
      'TYPE = "NIC", COUNT = 2, KIND = "VF", VLAN_ID = 0',
      { kind: 'vf', count: 2, network: { mac: null, vlan: 0 } },
    ],
  ])('%s', (_title, keys, expected) => {
    const [request] = requestsOf(`PCI = [ CLASS = "0200", ${keys} ]`)
    expect(request).toEqual({ ...one, selector: { ...anything, classId: '0200' }, ...expected })
  })

  test("blocks are counted in the template's order, other attributes between them or not", () => {
    const requests = requestsOf(
      'PCI = [ CLASS = 1 ]\nCPU = 1\nPCI = [ CLASS = 2 ]\nDISK = [ TYPE = CDROM ]\npci = [ class = 3 ]',
    )
    expect(requests.map(({ index, selector }) => [index, selector.classId])).toEqual([
      [0, '0001'],
      [1, '0002'],
      [2, '0003'],
    ])
  })

  test('TYPE NIC alone selects: any VF of a network card', () => {
    expect(requestsOf('PCI = [ TYPE = "NIC" ]')).toEqual([
      { ...one, kind: 'vf', selector: anything, network: { mac: null, vlan: 0 } },
    ])
  })

  test('two blocks that name one address are valid', () => {
    expect(requestsOf('PCI = [ ADDRESS = "0000:3b:00.0" ] PCI = [ SHORT_ADDRESS = "3b:00.0" ]')).toHaveLength(
      2,
    )
  })

  test('64 devices in all are valid', () => {
    expect(
      requestsOf('PCI = [ CLASS = 1, COUNT = 60 ] PCI = [ CLASS = 2, COUNT = 4, OPTIONAL = YES ]'),
    ).toHaveLength(2)
  })
})

describe('refused, with the place of the value', () => {
  test.each([
    ['no attribute at all', 'PCI = [ ]', 1, 7, 'selects nothing'],
    ['only empty ids', 'PCI = [ VENDOR = "", CLASS = ]', 1, 7, 'selects nothing'],
    ['a kind alone', 'PCI = [ KIND = "VF" ]', 1, 7, 'selects nothing'],
    ['a star', 'PCI = [ VENDOR = "*" ]', 1, 18, 'PCI: VENDOR = "*"'],
    ['x digits in a class', 'PCI = [ CLASS = "02xx" ]', 1, 17, 'hexadecimal'],
    ['an id above ffff', 'PCI = [\n DEVICE = "10000" ]', 2, 11, 'up to ffff'],
    ['0x alone', 'PCI = [ VENDOR = "0x" ]', 1, 18, 'hexadecimal'],
    ['a negative id', 'PCI = [ VENDOR = "-1" ]', 1, 18, 'hexadecimal'],
    ['a slot above 1f', 'PCI = [ SHORT_ADDRESS = "3b:20.0" ]', 1, 25, 'a PCI address'],
    ['a function above 7', 'PCI = [ ADDRESS = "0000:3b:00.8" ]', 1, 19, 'a PCI address'],
    ['two addresses', 'PCI = [ ADDRESS = "0000:3b:00.0", SHORT_ADDRESS = "3b:00.1" ]', 1, 7, 'keep one'],
    [
      'COUNT of an address',
      'PCI = [ SHORT_ADDRESS = "3b:00.0", COUNT = 2 ]',
      1,
      7,
      'COUNT = 2 of one address',
    ],
    ['a TYPE that is none', 'PCI = [ TYPE = "GPU" ]', 1, 16, 'expected "NIC"'],
    ['a MAC without TYPE', 'PCI = [ CLASS = 1, MAC = "02:00:00:00:00:01" ]', 1, 7, 'MAC needs TYPE = "NIC"'],
    ['a VLAN without TYPE', 'PCI = [ CLASS = 1, VLAN_ID = 1 ]', 1, 7, 'VLAN_ID needs TYPE = "NIC"'],
    ['a MAC that is none', 'PCI = [ TYPE = "NIC", MAC = "02:00" ]', 1, 29, 'a unicast MAC address'],
    ['a multicast MAC', 'PCI = [ TYPE = "NIC", MAC = "01:00:00:00:00:01" ]', 1, 29, 'a unicast MAC address'],
    ['a VLAN above 4094', 'PCI = [ TYPE = "NIC", VLAN_ID = 4095 ]', 1, 33, 'from 0 (untagged) to 4094'],
    ['a NIC that is a PF', 'PCI = [ TYPE = "NIC", KIND = "PF" ]', 1, 7, 'is a virtual function'],
    [
      'one MAC for two',
      'PCI = [ TYPE = "NIC", COUNT = 2, MAC = "02:00:00:00:00:01" ]',
      1,
      7,
      'COUNT = 2 with one MAC',
    ],
    ['COUNT 0', 'PCI = [ CLASS = 1, COUNT = 0 ]', 1, 28, 'from 1 to 64'],
    ['COUNT 65', 'PCI = [ CLASS = 1, COUNT = 65 ]', 1, 28, 'from 1 to 64'],
    ['COUNT 1.5', 'PCI = [ CLASS = 1, COUNT = 1.5 ]', 1, 28, 'from 1 to 64'],
    ['65 devices in all', 'PCI = [ CLASS = 1, COUNT = 64 ]\nPCI = [ CLASS = 2 ]', 2, 7, '65 devices'],
    ['an unknown KIND', 'PCI = [ CLASS = 1, KIND = "MDEV" ]', 1, 27, '"VF" or "PF" or "PLAIN" or "ANY"'],
    ['FUNCTIONS other than ALL', 'PCI = [ CLASS = 1, FUNCTIONS = "0" ]', 1, 32, '"ALL"'],
    ['OPTIONAL maybe', 'PCI = [ CLASS = 1, OPTIONAL = "MAYBE" ]', 1, 31, '"YES" or "NO"'],
    ['a PCI without brackets', 'CPU = 1\nPCI = "10de"', 2, 7, 'block in brackets'],
    ['the second of two blocks', 'PCI = [ CLASS = 1 ]\nPCI = [ CLASS = g ]', 2, 17, 'PCI: CLASS = "g"'],
    ['one key with two values', 'PCI = [ VENDOR = 10de, VENDOR = 8086 ]', 1, 33, 'another value in line 1'],
  ])('%s', (_title, text, line, column, words) => {
    const error = failure(text)
    expect(error.message).toContain(words)
    expect(error.facts).toMatchObject({ line, column })
    expect(error.code).toBe('template-invalid')
  })
})
