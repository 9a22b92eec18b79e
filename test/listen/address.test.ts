/** Where the controller may be told to listen. */
import { expect, test } from 'vitest'
import { parseListen } from '../../src/listen/address.ts'

test.each([
  ['127.0.0.1:2634', '127.0.0.1', 2634, true],
  ['127.5.0.1:0', '127.5.0.1', 0, true],
  ['localhost:80', '127.0.0.1', 80, true],
  ['[::1]:2634', '::1', 2634, true],
  ['0.0.0.0:2634', '0.0.0.0', 2634, false],
  ['[::]:2634', '::', 2634, false],
  ['10.0.0.1:443', '10.0.0.1', 443, false],
  ['[::ffff:127.0.0.1]:1', '::ffff:127.0.0.1', 1, false],
])('%s', (text, host, port, loopback) => {
  expect(parseListen(text)).toEqual({ host, port, loopback })
})

test('none is nowhere', () => {
  expect(parseListen('none')).toBeNull()
})

test.each([
  '',
  '2634',
  ':2634',
  '*:2634',
  '127.0.0.1',
  '127.0.0.1:65536',
  '::1:2634',
  'kvm-a:2634',
  '127.0.0.1.evil:1',
])("'%s' is no address to listen on", (text) => {
  expect(() => parseListen(text)).toThrow(expect.objectContaining({ code: 'listen-address' }))
})
