/** What starts a host's kernels, by the files that are there, and how its settings take effect. Pure. */
import { inEffect, type ParameterWish, stands, wordsOf } from './command-line.ts'
import type { Command, Edit } from './edit.ts'
import type { Family } from './family.ts'
import { GRUB_DEFAULTS, type GrubVariable, type ShellFile } from './grub.ts'
import type { HostFiles } from './host-files.ts'
import { inheritedCommandLine, KERNEL_CMDLINE } from './kernel-cmdline.ts'

/** `kernel-install`: systemd-boot and what else takes its entries from kernel-install(8). A host can have both. */
export type BootLoader = 'grub' | 'kernel-install'

const SYSTEMD_BOOT = ['/boot/EFI/systemd', '/boot/efi/EFI/systemd', '/efi/EFI/systemd']

export const hasSystemdBoot = (files: HostFiles): boolean => SYSTEMD_BOOT.some(files.exists)

/** [] = none that Berth knows, or one for which it has no command line to begin with. */
export function bootLoadersOf(files: HostFiles): readonly BootLoader[] {
  // An image of which rpm-ostree writes the boot entries: its own "kargs" is the only way.
  if (files.exists('/run/ostree-booted')) return []
  const hasGrub = files.exists(GRUB_DEFAULTS)
  const hasCmdline = files.exists(KERNEL_CMDLINE)
  const alone = !hasGrub && hasSystemdBoot(files) && inheritedCommandLine(files) !== null
  return [...(hasGrub ? ['grub' as const] : []), ...(hasCmdline || alone ? ['kernel-install' as const] : [])]
}

/**
 * /etc/default/grub and, where this grub-mkconfig reads them, its drop-ins in its order. Debian's does; others are asked:
 * their script names the folder or does not.
 */
export function grubFiles(family: Family, files: HostFiles): readonly ShellFile[] {
  const script = files.text('/usr/sbin/grub2-mkconfig') ?? files.text('/usr/sbin/grub-mkconfig')
  const readsDropIns = script === null ? family === 'debian' : script.includes('default/grub.d')
  const dropIns = readsDropIns ? files.list('/etc/default/grub.d', '.cfg') : []
  return [GRUB_DEFAULTS, ...dropIns].map((path) => ({ path, text: files.text(path) ?? '' }))
}

/** Debian's recovery entries boot without it, so a host that a parameter breaks can be mended; Red Hat's tools know LINUX only. */
export const grubVariable = (family: Family): GrubVariable =>
  family === 'rhel' ? 'GRUB_CMDLINE_LINUX' : 'GRUB_CMDLINE_LINUX_DEFAULT'

/** What must be run so that the next boot has the parameters: nothing where files and boot entries say them already. */
export function bootLoaderCommands(
  family: Family,
  files: HostFiles,
  loaders: readonly BootLoader[],
  wish: ParameterWish,
  edits: readonly Edit[],
): { readonly commands: readonly Command[]; readonly undo: readonly Command[] } {
  const edited = (prefix: string) => edits.some(({ path }) => path.startsWith(prefix))
  const wanted = wish.add.length + wish.remove.length > 0
  const grub = loaders.includes('grub') && wanted && (edited(GRUB_DEFAULTS) || isStale(files, wish))
  const install = loaders.includes('kernel-install') && edited(KERNEL_CMDLINE) && !loaders.includes('grub')
  const proxmox =
    files.exists('/etc/kernel/proxmox-boot-uuids') && files.exists('/usr/sbin/proxmox-boot-tool')
  if (proxmox && (grub || edited(KERNEL_CMDLINE)))
    return { commands: [{ argv: ['proxmox-boot-tool', 'refresh'], why: WHY }], undo: [] }
  const grubby = family === 'rhel' && files.exists('/usr/sbin/grubby')
  const commands = [
    ...(grub ? [grubby ? grubbyCommand(wish.add, wish.remove) : mkconfig(family, files)] : []),
    ...(install ? kernelInstalls(files) : []),
  ]
  return { commands, undo: grub && grubby ? [grubbyCommand(wish.remove, wish.add)] : [] }
}

const WHY = 'puts the parameters on the command line of the installed kernels'

/** Changes the boot entries themselves, which grub2-mkconfig of newer releases leaves as they are. */
function grubbyCommand(add: readonly string[], remove: readonly string[]): Command {
  return {
    argv: [
      ...['grubby', '--update-kernel=ALL'],
      ...(remove.length === 0 ? [] : [`--remove-args=${remove.join(' ')}`]),
      ...(add.length === 0 ? [] : [`--args=${add.join(' ')}`]),
    ],
    why: WHY,
  }
}

function mkconfig(family: Family, files: HostFiles): Command {
  if (files.exists('/usr/sbin/update-grub')) return { argv: ['update-grub'], why: WHY }
  return family === 'rhel' || files.exists('/boot/grub2/grub.cfg')
    ? { argv: ['grub2-mkconfig', '-o', '/boot/grub2/grub.cfg'], why: WHY }
    : { argv: ['grub-mkconfig', '-o', '/boot/grub/grub.cfg'], why: WHY }
}

function kernelInstalls(files: HostFiles): readonly Command[] {
  const versions = [...new Set(['/usr/lib/modules', '/lib/modules'].flatMap((dir) => files.list(dir, '')))]
  return versions.flatMap((version) => {
    const image = [
      `/usr/lib/modules/${version}/vmlinuz`,
      `/lib/modules/${version}/vmlinuz`,
      `/boot/vmlinuz-${version}`,
    ]
    const found = image.find(files.exists)
    return found === undefined ? [] : [{ argv: ['kernel-install', 'add', version, found], why: WHY }]
  })
}

const ENTRIES = ['/boot/loader/entries', '/boot/efi/loader/entries', '/efi/loader/entries']

/** Whether an entry that boots a kernel lacks the parameters although the settings may have them. */
function isStale(files: HostFiles, wish: ParameterWish): boolean {
  const kernelopts = /^kernelopts=(.*)$/m.exec(files.text('/boot/grub2/grubenv') ?? '')?.[1] ?? ''
  const entries = ENTRIES.flatMap((folder) => files.list(folder, '.conf')).flatMap((path) =>
    [...(files.text(path) ?? '').matchAll(/^options\s+(.*)$/gm)].map((match) =>
      (match[1] ?? '').replace('$kernelopts', kernelopts),
    ),
  )
  const config = files.text('/boot/grub/grub.cfg')
  // Without entries of their own, kernels stand in grub.cfg; its recovery entries never have the parameters.
  const menu = [...(config ?? '').matchAll(/^\s*linux\S*\s+\S*vmlinuz\S*(.*)$/gm)].map(
    (match) => match[1] ?? '',
  )
  const lacks = (line: string) => {
    const words = wordsOf(line)
    return wish.add.some((word) => !inEffect(words, word)) || wish.remove.some((word) => stands(words, word))
  }
  return entries.some(lacks) || (menu.length > 0 && menu.every(lacks))
}
