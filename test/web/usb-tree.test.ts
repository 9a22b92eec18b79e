/** The USB tree of a host's page. */
import { expect, test } from 'vitest'
import { usbRows } from '../../src/web/host/usb/tree.ts'

const usb = (port: string, device = 1) => ({ bus: Number(/\d+/.exec(port)?.[0]), device, port })

test.each<readonly [string, readonly ReturnType<typeof usb>[], readonly string[]]>([
  [
    'by bus, below the hub of each, ports as numbers',
    ['usb2', '1-10', '1-2.3', '1-2', 'usb1', '1-2.3.1', '2-1'].map((port) => usb(port)),
    ['usb1', '- 1-2', '-- 1-2.3', '--- 1-2.3.1', '- 1-10', 'usb2', '- 2-1'],
  ],
  [
    'what hangs on a hub that is not listed stands on the nearest that is',
    [usb('usb1'), usb('1-2.3.1'), usb('3-1')],
    ['usb1', '- 1-2.3.1', '3-1'],
  ],
  [
    'two that are told of one port, each once, and what is behind them once',
    [usb('usb1'), usb('1-2', 4), usb('1-2', 9), usb('1-2.1')],
    ['usb1', '- 1-2', '-- 1-2.1', '- 1-2'],
  ],
])('%s', (_, devices, expected) => {
  const rows = usbRows(devices)
  expect(rows.map(({ device, depth }) => `${'-'.repeat(depth)} ${device.port}`.trim())).toEqual(expected)
})
