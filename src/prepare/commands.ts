/** What must be run after files were written, so that the next boot, or a running service, knows of them. Pure. */
import { BIND_SCRIPT, DEVICE_LIST, UNIT, UNIT_LINK } from './boot-unit.ts'
import type { Command, Edit } from './edit.ts'
import type { HostFiles } from './host-files.ts'
import { initramfsOf, rebuild } from './initramfs.ts'
import { QEMU_CONF } from './qemu-conf.ts'

/** `inInitramfs`: the unit's files are in the initramfs too. The boot loader comes after all of these: it looks at the initramfs. */
export function afterwards(
  files: HostFiles,
  edits: readonly Edit[],
  inInitramfs: boolean,
): readonly Command[] {
  const changed = (...prefixes: readonly string[]) =>
    edits.some(({ path }) => prefixes.some((prefix) => path.startsWith(prefix)))
  const unit = [DEVICE_LIST, BIND_SCRIPT, UNIT, UNIT_LINK]
  // The initramfs has copies of modprobe.d.
  const initramfs = [
    '/etc/modprobe.d',
    '/etc/initramfs-tools',
    '/etc/dracut.conf.d',
    ...(inInitramfs ? unit : []),
  ]
  return [
    ...(changed(UNIT, UNIT_LINK)
      ? [{ argv: ['systemctl', 'daemon-reload'], why: 'systemd reads the unit' }]
      : []),
    ...(changed('/etc/udev/rules.d')
      ? [{ argv: ['udevadm', 'control', '--reload'], why: 'udev reads the rule' }]
      : []),
    ...(changed(QEMU_CONF) ? libvirtRestarts(files) : []),
    ...(changed(...initramfs) ? rebuild(initramfsOf(files)) : []),
  ]
}

/** Running domains go on; the daemon that is not running reads the file when it starts. */
function libvirtRestarts(files: HostFiles): readonly Command[] {
  return ['virtqemud.service', 'libvirtd.service']
    .filter((unit) => ['/usr/lib', '/lib'].some((lib) => files.exists(`${lib}/systemd/system/${unit}`)))
    .map((unit) => ({
      argv: ['systemctl', 'try-restart', unit],
      why: 'libvirt reads qemu.conf; running VMs go on',
    }))
}
