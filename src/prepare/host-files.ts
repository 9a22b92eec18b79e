/** Reads, once, every file of a host that a preparation may look at or change, so that the plan is a function of them. */
import { readFileSync, statSync } from 'node:fs'
import { orAbsent, readDir } from '../../probes/read.ts'
import { InvalidInput } from '../model/errors.ts'
import { below, followed, linkTarget } from './root.ts'

export interface HostFiles {
  /** Null = there is no such file. InvalidInput `config-file-syntax` where it is not UTF-8. */
  text(path: string): string | null
  /** Paths of a folder's files with that ending, by name. */
  list(folder: string, ending: string): readonly string[]
  exists(path: string): boolean
  /** Where a link points, as written. */
  link(path: string): string | null
}

const TEXTS = [
  ...['/etc/os-release', '/usr/lib/os-release', '/etc/default/grub', '/usr/sbin/grub-mkconfig'],
  ...['/usr/sbin/grub2-mkconfig', '/boot/grub/grub.cfg', '/boot/grub2/grub.cfg', '/boot/grub2/grubenv'],
  ...['/etc/kernel/cmdline', '/usr/lib/kernel/cmdline', '/proc/cmdline', '/etc/modules'],
  ...['/etc/initramfs-tools/modules', '/etc/initramfs-tools/scripts/init-top/berth-vfio'],
  ...['/etc/initramfs-tools/hooks/berth-vfio', '/etc/dracut.conf', '/etc/berth/vfio-devices'],
  ...['/etc/berth/vfio-bind', '/etc/systemd/system/berth-vfio.service', '/etc/libvirt/qemu.conf'],
  ...['/etc/security/limits.conf', '/etc/passwd', '/etc/group'],
]

/** Folder and ending of the files that are read. */
const FOLDERS: readonly (readonly [folder: string, ending: string])[] = [
  ['/etc/default/grub.d', '.cfg'],
  ['/boot/loader/entries', '.conf'],
  ['/boot/efi/loader/entries', '.conf'],
  ['/efi/loader/entries', '.conf'],
  ['/etc/modprobe.d', '.conf'],
  ['/run/modprobe.d', '.conf'],
  ['/usr/local/lib/modprobe.d', '.conf'],
  ['/usr/lib/modprobe.d', '.conf'],
  ['/lib/modprobe.d', '.conf'],
  ['/etc/modules-load.d', '.conf'],
  ['/usr/lib/modules-load.d', '.conf'],
  ['/etc/dracut.conf.d', '.conf'],
  ['/etc/security/limits.d', '.conf'],
  ['/etc/udev/rules.d', '.rules'],
]

/** Only whether they are there. */
const PRESENT = [
  ...['/usr/sbin/update-grub', '/usr/sbin/grubby', '/usr/sbin/proxmox-boot-tool'],
  ...['/etc/kernel/proxmox-boot-uuids', '/usr/sbin/mkinitramfs', '/usr/sbin/update-initramfs'],
  ...['/etc/initramfs-tools/initramfs.conf', '/usr/bin/dracut', '/usr/sbin/dracut'],
  ...['/boot/EFI/systemd', '/boot/efi/EFI/systemd', '/efi/EFI/systemd', '/run/ostree-booted'],
  ...['/usr/lib/systemd/system/libvirtd.service', '/lib/systemd/system/libvirtd.service'],
  ...['/usr/lib/systemd/system/virtqemud.service', '/lib/systemd/system/virtqemud.service'],
]

const LINKS = ['/etc/systemd/system/sysinit.target.wants/berth-vfio.service']

/** Kernels that kernel-install(8) can add again, by version. */
const KERNELS = ['/usr/lib/modules', '/lib/modules']

/** `root` = a folder of this machine. CommandFailed `unreadable` for a file that is there and cannot be read. */
export function readHostFiles(root: string): HostFiles {
  const texts = new Map<string, Buffer>()
  const lists = new Map<string, readonly string[]>()
  const read = (path: string) => {
    const file = below(root, followed(root, path))
    const content = orAbsent(file, () => readFileSync(file))
    if (content !== null) texts.set(path, content)
  }
  const names = (folder: string) => readDir(below(root, followed(root, folder))) ?? []
  for (const path of TEXTS) read(path)
  for (const [folder, ending] of FOLDERS) {
    const paths = names(folder).flatMap((name) => (name.endsWith(ending) ? [`${folder}/${name}`] : []))
    for (const path of paths) read(path)
    lists.set(
      `${folder} ${ending}`,
      paths.filter((path) => texts.has(path)),
    )
  }
  for (const folder of KERNELS) lists.set(`${folder} `, names(folder))
  const images = KERNELS.flatMap((folder) => names(folder).map((name) => `${folder}/${name}/vmlinuz`))
  const boot = names('/boot').map((name) => `/boot/${name}`)
  const present = new Set([...PRESENT, ...images, ...boot].filter((path) => isThere(root, path)))
  const links = new Map(LINKS.map((path) => [path, linkTarget(below(root, path))]))
  return {
    text: (path) => decoded(path, texts.get(path)),
    list: (folder, ending) => lists.get(`${folder} ${ending}`) ?? [],
    exists: (path) => texts.has(path) || present.has(path),
    link: (path) => links.get(path) ?? null,
  }
}

function isThere(root: string, path: string): boolean {
  const file = below(root, followed(root, path))
  return orAbsent(file, () => statSync(file)) !== null
}

function decoded(path: string, content: Buffer | undefined): string | null {
  if (content === undefined) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch (error) {
    throw new InvalidInput(
      'config-file-syntax',
      `${path} is not UTF-8 text: change it by hand`,
      { path },
      error,
    )
  }
}
