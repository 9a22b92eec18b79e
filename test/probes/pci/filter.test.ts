/** The filter's grammar, row by row. */
import { describe, expect, test } from 'vitest'
import { parseFilter, passes } from '../../../probes/pci/filter.ts'
import { hexId } from '../../../src/model/ids.ts'

const device = (type: string) => {
  const [vendor = '', id = '', classCode = ''] = type.split(':')
  return {
    vendorId: hexId(parseInt(vendor, 16)),
    deviceId: hexId(parseInt(id, 16)),
    classId: hexId(parseInt(classCode.slice(0, 4), 16)),
    progIf: classCode.slice(4) || '00',
  }
}

describe('what passes', () => {
  test.each([
    ['8086:', '8086:10fb:0200', true],
    ['8086:', '10de:10fb:0200', false],
    [':10fb', '8086:10fb:0200', true],
    ['8086:10FB', '8086:10fb:0200', true],
    ['8086:10fb:0200', '8086:10fb:0200', true],
    ['::0200', '8086:10fb:0200', true],
    ['::02', '8086:10fb:0200', false],
    ['::02', '8086:10fb:0002', true],
    ['::02xx', '8086:10fb:0280', true],
    ['::02XX', '8086:10fb:0300', false],
    ['::2xx', '8086:10fb:0280', true],
    ['::x280', '8086:10fb:0280', true],
    ['::0c03:30', '8086:10fb:0c0330', true],
    ['::0c03:30', '8086:10fb:0c0320', false],
    [':::30', '8086:10fb:0c0330', true],
    ['*:*', '8086:10fb:0200', true],
    [':', '8086:10fb:0200', true],
    ['*:*:*:*', '8086:10fb:0200', true],
    ['08086:', '8086:10fb:0200', true],
    ['1:', '0001:10fb:0200', true],
    ['0:0', '8086:10fb:0200', false],
    ['', '8086:10fb:0200', false],
    [',', '8086:10fb:0200', false],
    ['10de:,8086:', '8086:10fb:0200', true],
    ['10de: , 8086:', '8086:10fb:0200', true],
    ['0:0,8086:', '8086:10fb:0200', true],
    ['ffff:', '8086:10fb:0200', false],
  ])('%j on %s: %s', (filter, type, expected) => {
    expect(passes(parseFilter(filter), device(type))).toBe(expected)
  })
})

describe('what is refused, the part that is wrong named', () => {
  test.each([
    ['8086', '8086'],
    ['*', '*'],
    ['0x8086:', '0x8086'],
    ['8086:,zz:', 'zz'],
    [':x', 'x'],
    ['::010802', '010802'],
    ['::xxxxx', 'xxxxx'],
    ['::0x0600', '0x0600'],
    ['::0c03:3x', '3x'],
    ['::0c03:300', '300'],
    ['8086:1:2:3:4', '8086:1:2:3:4'],
    ['18086:', '18086'],
    ['-1:', '-1'],
    ['80 86:', '80 86'],
  ])('%j names %j', (filter, part) => {
    expect(() => parseFilter(filter)).toThrow(`"${part}"`)
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code: 'wrong-filter' }))
  })
})
