/** udev's events through a udevadm that behaves: heard, started again where it ends, and missed where there is none. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isEvent, watchDevices } from '../../src/agent/udev.ts'
import { QUICK, until } from './world.ts'

/** A shell script in its place; gives the path. */
function udevadm(script: string): { readonly file: string; readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'berth-udev-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'udevadm')
  writeFileSync(file, `#!/bin/sh\ncd ${dir}\necho "$@" >> calls\n${script}\n`)
  chmodSync(file, 0o755)
  return { file, dir }
}

function watching(file: string) {
  const log: string[] = []
  const stop = new AbortController()
  let changes = 0
  const ended = watchDevices(
    { udevadm: file, timing: QUICK, log: (line) => log.push(line) },
    () => changes++,
    stop.signal,
  )
  onTestFinished(async () => {
    stop.abort()
    await ended
  })
  return { log, changes: () => changes, ended }
}

test.each([
  ['UDEV  [8612.204533] bind     /devices/pci0000:00/0000:00:08.0 (pci)', true],
  ['UDEV  [8612.2] remove   /devices/pci0000:00/0000:00:14.0/usb1/1-4 (usb)', true],
  ['KERNEL[8612.2] add      /devices/pci0000:00/0000:00:08.0 (pci)', false],
  ['UDEV - the event which udev sends out after rule processing', false],
  ['', false],
])('%j is an event: %s', (line, event) => expect(isEvent(line)).toBe(event))

test('each event is heard, and it is asked for PCI and USB devices after their rules', async () => {
  const { file, dir } = udevadm(
    'echo "monitor will print the received events for:"; echo "UDEV  [1.5] add      /devices/pci0000:00/0000:00:08.0 (pci)"; exec sleep 60',
  )
  const { changes, log } = watching(file)
  await until(() => expect(changes()).toBe(1))
  expect(readFileSync(join(dir, 'calls'), 'utf8')).toBe(
    'monitor --udev --subsystem-match=pci --subsystem-match=usb\n',
  )
  expect(log).toEqual([])
})

test('one that ends is started again, and what happened meanwhile is looked for', async () => {
  const { file, dir } = udevadm('exit 3')
  const { changes, log } = watching(file)
  await until(() => expect(readFileSync(join(dir, 'calls'), 'utf8').split('\n').length).toBeGreaterThan(3))
  expect(changes()).toBeGreaterThan(1)
  expect(log[0]).toContain('started again')
})

test('where there is none it is said once, and the slow pass is all there is', async () => {
  const { changes, log, ended } = watching('/nowhere/udevadm')
  await ended
  expect(log).toEqual([
    '/nowhere/udevadm is not there: devices that come and go are seen in the slow pass only',
  ])
  expect(changes()).toBe(0)
})
