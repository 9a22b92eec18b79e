/** Blocks and values are written as data, and nothing else of the text is touched. */
import { describe, expect, test } from 'vitest'
import { addBlock, appendBlock, type DeviceBlock, moveBlock, removeBlock } from '../../src/template/edit.ts'
import { setPair, setSingle } from '../../src/template/edit-values.ts'
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

describe('a text that is edited', () => {
  test.each([
    ['a bare number stays bare', 'CPU = 4\n', 'CPU', '8', 'CPU = 8\n'],
    ['a quoted one stays quoted', 'CPU = "4" # four\n', 'CPU', '8', 'CPU = "8" # four\n'],
    ['a value with blanks gets quotes', 'NAME = gpu', 'NAME', 'my gpu', 'NAME = "my gpu"'],
    [
      'a new one stands behind the others',
      'A = 1 # one\nPCI = [ VENDOR = 10de ]',
      'CPU',
      '4',
      'A = 1 # one\nCPU = 4\nPCI = [ VENDOR = 10de ]',
    ],
    [
      'a new one in a text of blocks stands last',
      'PCI = [ VENDOR = 10de ]',
      'NAME',
      'x',
      'PCI = [ VENDOR = 10de ]\nNAME = "x"\n',
    ],
    ['a new one in a text of comments', '# mine', 'CPU', '4', '# mine\nCPU = 4\n'],
    [
      'what is taken out leaves no empty line',
      '# all\nCPU = 4\nMEMORY = 1',
      'CPU',
      null,
      '# all\nMEMORY = 1',
    ],
    ['its comment stays', 'CPU = 4 # four\nMEMORY = 1', 'CPU', null, ' # four\nMEMORY = 1'],
    ['several on a line', 'A = 1 CPU = 4 B = 2', 'CPU', null, 'A = 1  B = 2'],
    ['given twice, it is set twice', 'CPU = 4\nCPU = 4', 'CPU', '8', 'CPU = 8\nCPU = 8'],
    ['an empty one', 'NAME =\nCPU = 4', 'NAME', 'x', 'NAME ="x"\nCPU = 4'],
    ['a new line ends as the others do', 'A = 1\r\nB = 2', 'CPU', '4', 'A = 1\r\nB = 2\r\nCPU = 4\r\n'],
  ])('%s', (_, text, name, value, expected) => {
    expect(setSingle(text, name, value)).toBe(expected)
  })

  const LINES = 'PCI = [\n  VENDOR = "10de", # NVIDIA\n  CLASS  = "0302" ] # gpu\n'
  test.each([
    ['in place', LINES, 'CLASS', '0300', LINES.replace('0302', '0300')],
    [
      'a new one on a line of its own',
      LINES,
      'COUNT',
      '2',
      'PCI = [\n  VENDOR = "10de", # NVIDIA\n  CLASS  = "0302",\n  COUNT = "2" ] # gpu\n',
    ],
    [
      'the last one goes with its comma',
      LINES,
      'CLASS',
      null,
      'PCI = [\n  VENDOR = "10de" # NVIDIA\n   ] # gpu\n',
    ],
    [
      'the first one goes with its comma',
      LINES,
      'VENDOR',
      null,
      'PCI = [\n   # NVIDIA\n  CLASS  = "0302" ] # gpu\n',
    ],
    [
      'behind a comment',
      'PCI = [\n  VENDOR = 10de # one\n]',
      'CLASS',
      '1',
      'PCI = [\n  VENDOR = 10de, # one\n  CLASS = "1"\n]',
    ],
    ['in brackets with blanks', 'PCI = [   ]', 'CLASS', '1', 'PCI = [ CLASS = "1" ]'],
    ['in brackets without any', 'PCI = []', 'CLASS', '1', 'PCI = [ CLASS = "1" ]'],
    ['the only one', 'PCI = [ CLASS = 1 ]', 'CLASS', null, 'PCI = [  ]'],
    ['given twice', 'PCI = [ A = 1, CLASS = 1, CLASS = 1, B = 2 ]', 'CLASS', null, 'PCI = [ A = 1, B = 2 ]'],
    ['in a block that is not there', 'CPU = 1', 'CLASS', '1', 'CPU = 1\nPCI = [ CLASS = "1" ]\n'],
  ])('a pair: %s', (_, text, key, value, expected) => {
    expect(setPair(text, { name: 'PCI', index: 0 }, key, value)).toBe(expected)
  })

  test('a block that goes leaves the comments above it, such as the head of the file', () => {
    expect(removeBlock('# my file\n\nPCI = [ VENDOR = 10de ]\nCPU = 1\n', 'PCI', 0)).toBe(
      '# my file\n\nCPU = 1\n',
    )
  })

  const TWO = '# head\n\n# the GPU\nPCI = [ A = 1 ] # one\nCPU = 1\nPCI = [ A = 2 ]'
  test('a block that moves takes the comments about it along', () => {
    const moved = '# head\n\nPCI = [ A = 2 ]\nCPU = 1\n# the GPU\nPCI = [ A = 1 ] # one'
    expect(moveBlock(TWO, { name: 'PCI', index: 1 }, -1)).toBe(moved)
    expect(moveBlock(TWO, { name: 'PCI', index: 0 }, 1)).toBe(moved)
  })
  test('beyond the ends nothing moves', () => {
    expect(moveBlock(TWO, { name: 'PCI', index: 0 }, -1)).toBe(TWO)
    expect(moveBlock(TWO, { name: 'PCI', index: 1 }, 1)).toBe(TWO)
  })
  test('blocks that share a line leave its comment where it is', () => {
    const text = 'PCI = [ A = 1 ] PCI = [ A = 2 ] # two'
    expect(moveBlock(text, { name: 'PCI', index: 0 }, 1)).toBe('PCI = [ A = 2 ] PCI = [ A = 1 ] # two')
  })
  test('a block is added behind the last of its name', () => {
    const block: DeviceBlock = { name: 'PCI', pairs: { A: '3' } }
    expect(addBlock('PCI = [ A = 1 ]\nUSB = [ A = 2 ]\n', block)).toBe(
      'PCI = [ A = 1 ]\nPCI = [ A = "3" ]\nUSB = [ A = 2 ]\n',
    )
  })
})
