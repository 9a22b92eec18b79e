/** USB blocks: what they may say, and where it stands that they say wrong. */
import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../src/model/errors.ts'
import { pendingVm } from '../../src/template/pending.ts'
import { readTemplate } from '../../src/template/validate.ts'

const nothing = { vendorId: null, productId: null, bus: null, device: null, port: null }
const block = (inside: string) => readTemplate(`USB = [ ${inside} ]`).usb

const failure = (text: string): InvalidInput => {
  try {
    readTemplate(text)
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error(`was read: ${text}`)
}

test.each([
  ['vendor and product', 'VENDOR = "0627", PRODUCT = "0001"', { vendorId: '0627', productId: '0001' }],
  ['ids are numbers, any case, 0x', 'VENDOR = 0x46F4, PRODUCT = 1', { vendorId: '46f4', productId: '0001' }],
  ['a vendor alone', 'VENDOR = "0627", PRODUCT = ""', { vendorId: '0627' }],
  ['lsusb’s numbers', 'BUS = "001", DEVICE = "004"', { bus: 1, device: 4 }],
  ['decimal ones', 'BUS = 1, DEVICE = 010', { bus: 1, device: 10 }],
  ['a port', 'PORT = "1-2.3"', { port: '1-2.3' }],
  ['a port in other words', 'PORT = " 1-02.3 "', { port: '1-2.3' }],
  [
    'all of it',
    'VENDOR=1,PRODUCT=2,BUS=3,DEVICE=4,PORT="3-1"',
    { vendorId: '0001', productId: '0002', bus: 3, device: 4, port: '3-1' },
  ],
])('%s', (_, inside, selector) => {
  expect(block(inside)).toEqual([{ index: 0, selector: { ...nothing, ...selector } }])
})

test('several blocks are several devices, numbered apart from PCI blocks', () => {
  const template = readTemplate('USB = [ PORT = "1-1" ]\nPCI = [ CLASS = "0302" ]\nUSB = [ VENDOR = "1" ]')
  expect(template.usb.map(({ index }) => index)).toEqual([0, 1])
  expect(template.requests.map(({ index }) => index)).toEqual([0])
  expect(template.unknown).toEqual([])
})

test('a VM that asks for none has no such field', () => {
  const vm = { id: 1, name: 'v', priority: 0, onlyHost: null }
  expect(pendingVm(vm, readTemplate('MEMORY = 1'))).not.toHaveProperty('usb')
  expect(pendingVm(vm, readTemplate('USB = [ PORT = "1-1" ]'))).toMatchObject({ usb: [{ index: 0 }] })
})

describe('refused, with line and column', () => {
  test.each([
    ['an empty block', 'USB = [ ]', 1, 7, 'selects nothing'],
    ['only empty values', 'USB = [ VENDOR = "", PORT = "" ]', 1, 7, 'selects nothing'],
    ['BUS alone', '\nUSB = [ BUS = "1" ]', 2, 7, 'BUS without DEVICE'],
    ['DEVICE alone', 'USB = [ DEVICE = "4" ]', 1, 7, 'DEVICE without BUS'],
    ['PRODUCT alone', 'USB = [ PRODUCT = "1" ]', 1, 7, 'PRODUCT without VENDOR'],
    ['a number that is none', 'USB = [ BUS = "1", DEVICE = "4a" ]', 1, 29, 'a decimal number from 1 to 999'],
    ['number 0', 'USB = [ BUS = "0", DEVICE = "4" ]', 1, 15, 'a decimal number from 1 to 999'],
    ['four digits', 'USB = [ BUS = "0001", DEVICE = "4" ]', 1, 15, 'a decimal number from 1 to 999'],
    ['an id that is none', 'USB = [ VENDOR = "06*" ]', 1, 18, 'a hexadecimal number'],
    ['a port that is none', 'USB = [ PORT = "1" ]', 1, 16, 'a USB port such as'],
    ['no block', 'USB = "1-2"', 1, 7, 'a block in brackets'],
    ['two values of one key', 'USB = [ PORT = "1-2", PORT = "1-3" ]', 1, 30, 'keep one of the two'],
  ])('%s', (_, text, line, column, words) => {
    const error = failure(text)
    expect(error).toMatchObject({ code: 'template-invalid', facts: { line, column } })
    expect(error.message).toContain(words)
  })

  test('the ninth block', () => {
    const blocks = Array.from({ length: 9 }, (_, n) => `USB = [ PORT = "1-${n + 1}" ]`)
    expect(readTemplate(blocks.slice(1).join('\n')).usb).toHaveLength(8)
    expect(failure(blocks.join('\n'))).toMatchObject({
      facts: { line: 9 },
      message: expect.stringContaining('8 USB devices'),
    })
  })
})
