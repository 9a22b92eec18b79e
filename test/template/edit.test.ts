/** Blocks are added as data: no value ends its quotes. */
import { expect, test } from 'vitest'
import { appendBlock, type DeviceBlock } from '../../src/template/edit.ts'
import { parseTemplate } from '../../src/template/parse.ts'
import { keyOf, vectorsOf } from '../../src/template/values.ts'

test.each(['10de', 'a"b', '"', '\\', '\\\\', 'a\\', '\\"', '"] DISK = [ SOURCE = "/dev/sda'])(
  'a value %j is read back as it was, and nothing else is',
  (value) => {
    const block: DeviceBlock = {
      name: 'PCI',
      pairs: { VENDOR: value, DEVICE: ' ] DISK = [ SOURCE = /dev/sda ] #' },
    }
    const tree = parseTemplate(appendBlock('CPU = 1', block))
    expect(tree.attributes.map(({ name }) => name)).toEqual(['CPU', 'PCI'])
    const [pci] = vectorsOf(tree, 'PCI')
    expect([pci?.pairs.length, keyOf(pci, 'VENDOR')]).toEqual([2, value])
  },
)
