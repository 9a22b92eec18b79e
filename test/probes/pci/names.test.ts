/** Names out of a pci.ids database. */
import { describe, expect, test } from 'vitest'
import { pciNames } from '../../../probes/pci/names.ts'
import { hexId } from '../../../src/model/ids.ts'

const DATABASE = Buffer.from(
  [
    '# comment',
    '0001  SafeNet (wrong ID)',
    '10de  NVIDIA Corporation',
    '\t20b0  GA100 [A100 SXM4 40GB]',
    '\t\t10de 134f  20b1  a subsystem that looks like a device',
    '# a comment inside',
    '\t20b5  Name with "quotes" and é',
    '8086  Intel Corporation',
    '\t20b1  Another device',
    'C 02  Network controller',
    '\t00  Ethernet controller',
    'C 03  Display controller',
    '\t00  VGA compatible controller',
    '\t\t00  VGA controller',
    '\t02  3D \u001b[31mcontroller',
    '',
  ].join('\n'),
).toString('latin1')

const name = (vendor: number, device: number, classCode: number, database: string | null = DATABASE) =>
  pciNames(database)({ vendorId: hexId(vendor), deviceId: hexId(device), classId: hexId(classCode) })

describe('names', () => {
  test.each([
    [0x10de, 0x20b0, 0x0300, 'NVIDIA Corporation', 'GA100 [A100 SXM4 40GB]', 'VGA compatible controller'],
    [0x10de, 0x20b5, 0x0200, 'NVIDIA Corporation', 'Name with "quotes" and é', 'Ethernet controller'],
    [0x10de, 0x20b1, 0x0380, 'NVIDIA Corporation', null, 'Display controller'],
    [0x8086, 0x20b1, 0xff00, 'Intel Corporation', 'Another device', null],
    [0x0001, 0x20b0, 0x0200, 'SafeNet (wrong ID)', null, 'Ethernet controller'],
    [0x1af4, 0x20b0, 0x0302, null, null, '3D  [31mcontroller'],
  ])('%s:%s of class %s', (vendor, device, classCode, vendorName, deviceName, className) => {
    expect(name(vendor, device, classCode)).toEqual({ vendorName, deviceName, className })
  })

  test.each([
    ['a vendor', '10de  NVIDIA Corporation\n\t20b0  GA100\n', 'NVIDIA Corporation', 'GA100', null],
    ['a class', 'C 03  Display controller\n\t00  VGA\n10de  NVIDIA\n', 'NVIDIA', null, 'VGA'],
  ])('are found where %s is the first line', (_, database, vendorName, deviceName, className) => {
    expect(name(0x10de, 0x20b0, 0x0300, database)).toEqual({ vendorName, deviceName, className })
  })

  test('are null without a database', () => {
    expect(name(0x10de, 0x20b0, 0x0300, null)).toEqual({
      vendorName: null,
      deviceName: null,
      className: null,
    })
  })
})
