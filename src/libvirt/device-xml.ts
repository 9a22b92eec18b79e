/** The XML of a VM's own devices: disks, NICs, console, graphics. Pure. */
import { InvalidInput } from '../model/errors.ts'
import type { Disk, Graphics, Nic } from '../model/vm.ts'
import { isQ35 } from './hostdev-xml.ts'
import { type Element, element } from './xml.ts'

/**
 * The bus that a target's prefix stands for: vd virtio, sd SATA, hd SATA (IDE where the machine has no SATA of its own).
 * InvalidInput `unknown-disk-target` for any other.
 */
function diskBus(target: string, machine: string): string {
  if (/^vd[a-z]{1,3}$/.test(target)) return 'virtio'
  if (/^sd[a-z]{1,3}$/.test(target)) return 'sata'
  if (/^hd[a-z]{1,3}$/.test(target)) return isQ35(machine) ? 'sata' : 'ide'
  throw new InvalidInput(
    'unknown-disk-target',
    `DISK TARGET ${JSON.stringify(target)} is not a guest device; use vda (virtio), sda or hda (SATA)`,
    { target },
  )
}

export function diskXml(disk: Disk, machine: string): Element {
  const bus = diskBus(disk.target, machine)
  return element(
    'disk',
    { type: disk.block ? 'block' : 'file', device: disk.cdrom ? 'cdrom' : 'disk' },
    element('driver', { name: 'qemu', type: disk.format }),
    disk.source === null ? null : element('source', { [disk.block ? 'dev' : 'file']: disk.source }),
    element('target', { dev: disk.target, bus }),
    disk.readonly || disk.cdrom ? element('readonly', {}) : null,
    bus === 'sata' && disk.target.startsWith('hd') ? portFromTheTop(disk.target) : null,
  )
}

/**
 * libvirt counts a target's port from its letter, so that sda and hda would be the same one: hda gets the last of the
 * six ports of ICH9, hdb the one before.
 */
function portFromTheTop(target: string): Element | null {
  const unit = 5 - (target.charCodeAt(2) - 97)
  return target.length > 3 || unit < 0
    ? null
    : element('address', { type: 'drive', controller: 0, bus: 0, target: 0, unit })
}

/** InvalidInput `nic-without-source` where neither bridge nor network is named. */
export function nicXml(nic: Nic): Element {
  const [type, name] = nic.bridge !== null ? ['bridge', nic.bridge] : ['network', nic.network]
  if (name === null)
    throw new InvalidInput('nic-without-source', 'a NIC of the template names neither BRIDGE nor NETWORK', {})
  return element(
    'interface',
    { type },
    nic.mac === null ? null : element('mac', { address: nic.mac }),
    element('source', { [type]: name }),
    element('model', { type: nic.model }),
  )
}

/** A serial port that `virsh console` reaches. */
export function consoleXml(): readonly Element[] {
  return [
    element('serial', { type: 'pty' }, element('target', { port: 0 })),
    element('console', { type: 'pty' }, element('target', { type: 'serial', port: 0 })),
  ]
}

/** Without graphics the guest gets no emulated video card either: a passed GPU is then its only one. */
export function graphicsXml(graphics: Graphics | null): readonly Element[] {
  if (graphics === null) return [element('video', {}, element('model', { type: 'none' }))]
  return [
    element(
      'graphics',
      {
        type: graphics.type,
        port: graphics.port ?? -1,
        autoport: graphics.port === null ? 'yes' : 'no',
        passwd: graphics.password,
      },
      element('listen', { type: 'address', address: graphics.listen }),
    ),
    element('video', {}, element('model', { type: 'vga' })),
  ]
}
