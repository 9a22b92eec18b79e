/** The script of the boot unit in a real shell, on folders in place of sysfs; a modprobe that says what it was asked. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseAddress } from '../../src/model/address.ts'
import { parseHexId } from '../../src/model/ids.ts'
import { BIND_SCRIPT, bootUnitWishes, DEVICE_LIST } from '../../src/prepare/boot-unit.ts'
import { editsOf } from '../../src/prepare/edit.ts'
import type { Tree } from '../support/sysfs-tree.ts'
import { hostRoot, pciFunction } from './host-root.ts'

let tree: Tree
beforeEach(() => {
  tree = hostRoot({ 'sys/bus/pci/drivers_probe': '' })
})
afterEach(() => tree.remove())

const ADDRESS = '0000:3b:00.0'

/** Runs it for one device with these ids. */
function run(ids: readonly [string, string], { isUp = false, hasModule = true } = {}) {
  const address = parseAddress(ADDRESS)
  const [vendorId, deviceId] = [parseHexId(ids[0]), parseHexId(ids[1])]
  if (address === null || vendorId === null || deviceId === null) throw new Error('no such ids')
  const edits = editsOf(bootUnitWishes([{ address, vendorId, deviceId }]), () => null)
  const text = (path: string) => edits.find((edit) => edit.path === path)?.after ?? ''
  const list = join(tree.root, 'list')
  writeFileSync(list, text(DEVICE_LIST))
  tree.write('bin/modprobe', `#!/bin/sh\necho "$@" >> ${tree.root}/loaded\nexit ${hasModule ? 0 : 1}\n`)
  tree.write(
    'bin/systemctl',
    `#!/bin/sh\n[ "$*" = "--quiet is-active sysinit.target" ] && exit ${isUp ? 0 : 3}\nexit 1\n`,
  )
  for (const program of ['modprobe', 'systemctl']) chmodSync(join(tree.root, 'bin', program), 0o755)
  const script = text(BIND_SCRIPT).replaceAll(DEVICE_LIST, list).replace('sys=/sys/', `sys=${tree.sysfs}/`)
  const path = `${join(tree.root, 'bin')}:${process.env.PATH}`
  const { stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: path } })
  return { stderr, loaded: existsSync(join(tree.root, 'loaded')) }
}

const written = (path: string): string => {
  const file = join(tree.sysfs, path)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}
const override = () => written(`bus/pci/devices/${ADDRESS}/driver_override`)

test('a free device: override first, then the module, then the probe', () => {
  pciFunction(tree, ADDRESS, {})
  expect(run(['8086', '10d3'])).toMatchObject({ loaded: true })
  expect([override(), written('bus/pci/drivers_probe')]).toEqual(['vfio-pci', ADDRESS])
})

test('a device that another driver has is unbound', () => {
  pciFunction(tree, ADDRESS, { driver: 'e1000e' })
  tree.write('sys/bus/pci/drivers/e1000e/unbind', '')
  run(['8086', '10d3'])
  expect([override(), written('bus/pci/drivers/e1000e/unbind')]).toEqual(['vfio-pci', ADDRESS])
})

test('a kernel without vfio-pci: the device stays with its driver', () => {
  pciFunction(tree, ADDRESS, { driver: 'nvidia' })
  tree.write('sys/bus/pci/drivers/nvidia/unbind', '')
  expect(run(['8086', '10d3'], { hasModule: false }).stderr).toContain(
    `this kernel has no vfio-pci; left to the drivers of the host: ${ADDRESS}`,
  )
  expect([override(), written('bus/pci/drivers/nvidia/unbind')]).toEqual(['', ''])
})

test('vfio-pci that is there already need not be loaded', () => {
  pciFunction(tree, ADDRESS, {})
  tree.write('sys/bus/pci/drivers/vfio-pci', 'folder:')
  run(['8086', '10d3'], { hasModule: false })
  expect([override(), written('bus/pci/drivers_probe')]).toEqual(['vfio-pci', ADDRESS])
})

test('a device that is on vfio-pci already is not touched again', () => {
  pciFunction(tree, ADDRESS, { driver: 'vfio-pci' })
  expect(run(['8086', '10d3']).stderr).toBe('')
  expect(written('bus/pci/drivers_probe')).toBe('')
})

test('another device at that address is left alone', () => {
  pciFunction(tree, ADDRESS, {})
  const { stderr, loaded } = run(['10de', '20b0'])
  expect(stderr).toContain(`${ADDRESS} is a 8086:10d3 now and not a 10de:20b0; left alone`)
  expect([override(), loaded]).toEqual(['', false])
})

test('a disk controller that its driver has already is left alone', () => {
  pciFunction(tree, ADDRESS, { driver: 'nvme', files: { class: '0x010802\n' } })
  tree.write('sys/bus/pci/drivers/nvme/unbind', '')
  expect(run(['8086', '10d3']).stderr).toContain('nvme has this disk controller already; left alone')
  expect([override(), written('bus/pci/drivers/nvme/unbind')]).toEqual(['', ''])
})

test('a disk controller that nobody has is taken', () => {
  pciFunction(tree, ADDRESS, { files: { class: '0x010802\n' } })
  run(['8086', '10d3'])
  expect(override()).toBe('vfio-pci')
})

test('a device that is gone is told', () => {
  expect(run(['8086', '10d3']).stderr).toContain(`${ADDRESS}: there is no such device`)
})

test('on a host that is up it touches nothing: systemd may start the unit with any other', () => {
  pciFunction(tree, ADDRESS, {})
  expect(run(['8086', '10d3'], { isUp: true })).toEqual({ stderr: '', loaded: false })
  expect([override(), written('bus/pci/drivers_probe')]).toEqual(['', ''])
})
