/** The initramfs, where drivers are loaded before anything else: vfio's modules, and what binds devices by address there. Pure. */
import { BIND_SCRIPT, DEVICE_LIST, UNIT, UNIT_LINK } from './boot-unit.ts'
import type { Command, Wish } from './edit.ts'
import type { HostFiles } from './host-files.ts'
import { HEADER, withLine, withLineFor } from './lines.ts'
import { sameModule } from './modprobe.ts'
import { shellAssignments } from './shell-assignments.ts'
import { expand } from './shell-value.ts'

export type Initramfs = 'initramfs-tools' | 'dracut' | 'none'

/** In the order in which they are loaded. */
const MODULES = ['vfio', 'vfio_iommu_type1', 'vfio_pci'] as const

const TOOLS_MODULES = '/etc/initramfs-tools/modules'
const TOOLS_SCRIPT = '/etc/initramfs-tools/scripts/init-top/berth-vfio'
const TOOLS_HOOK = '/etc/initramfs-tools/hooks/berth-vfio'
const DRACUT_OWN = '/etc/dracut.conf.d/90-berth.conf'

/** Debian may have files of both; mkinitramfs is what its kernels' installation then calls. */
export function initramfsOf(files: HostFiles): Initramfs {
  if (files.exists('/usr/sbin/mkinitramfs') || files.exists('/etc/initramfs-tools/initramfs.conf'))
    return 'initramfs-tools'
  return ['/usr/bin/dracut', '/usr/sbin/dracut', '/etc/dracut.conf'].some(files.exists) ? 'dracut' : 'none'
}

/** Whether an earlier preparation put what binds devices by address into the initramfs. */
export function bindsByAddress(files: HostFiles): boolean {
  return files.exists(TOOLS_HOOK) || (files.text(DRACUT_OWN) ?? '').includes(DEVICE_LIST)
}

export function rebuild(kind: Initramfs): readonly Command[] {
  const why = 'puts the changed files into the initramfs of every installed kernel'
  if (kind === 'none') return []
  return kind === 'dracut'
    ? [{ argv: ['dracut', '--force', '--regenerate-all'], why }]
    : [{ argv: ['update-initramfs', '-u', '-k', 'all'], why }]
}

/** `byAddress`: devices are bound there by their address too. */
export function initramfsWishes(kind: Initramfs, files: HostFiles, byAddress: boolean): readonly Wish[] {
  if (kind === 'none') return []
  return kind === 'dracut' ? dracutWishes(files, byAddress) : toolsWishes(byAddress)
}

function toolsWishes(byAddress: boolean): readonly Wish[] {
  const modules = MODULES.map((module) => ({
    path: TOOLS_MODULES,
    why: `${module} is loaded in the initramfs, before other drivers`,
    change: (text: string | null) => withModule(text, module),
  }))
  if (!byAddress) return modules
  return [
    ...modules,
    { path: TOOLS_HOOK, mode: 0o755, why: 'the initramfs gets the list of devices', change: () => HOOK },
    {
      ...{ path: TOOLS_SCRIPT, mode: 0o755 },
      why: 'the initramfs binds the devices before it looks for drivers',
      change: () => INIT_TOP,
    },
  ]
}

/** A line is a module's name and its options. */
function withModule(text: string | null, module: string): string {
  const present = (text ?? '')
    .split('\n')
    .some((line) => sameModule(line.trim().split(/\s+/)[0] ?? '', module))
  return present && text !== null ? text : withLine(text, module)
}

const PREREQS = `case "$1" in
prereqs)
	exit 0
	;;
esac
`

const HOOK = `#!/bin/sh
${HEADER}
${PREREQS}
. /usr/share/initramfs-tools/hook-functions
mkdir -p "$DESTDIR/etc/berth"
cp -p ${DEVICE_LIST} ${BIND_SCRIPT} "$DESTDIR/etc/berth/"
`

/** mkinitramfs orders the scripts of init-top with tsort, by name where nothing else is said: this one comes before udev. */
const INIT_TOP = `#!/bin/sh
${HEADER}
${PREREQS}
/bin/sh ${BIND_SCRIPT}
exit 0
`

/** dracut.conf(5). The same unit runs in the initramfs, where systemd is the first process too. */
function dracutWishes(files: HostFiles, byAddress: boolean): readonly Wish[] {
  const said = dracutValues(files)
  const items = [DEVICE_LIST, BIND_SCRIPT, UNIT, UNIT_LINK]
  const wanted = [
    {
      name: 'force_drivers',
      words: [...MODULES],
      why: "vfio's modules are loaded in the initramfs, before other drivers",
    },
    ...(byAddress
      ? [
          {
            name: 'install_items',
            words: items,
            why: 'the initramfs binds the devices before it looks for drivers',
          },
        ]
      : []),
  ]
  return wanted.flatMap(({ name, words, why }) => {
    const present = (said.get(name) ?? '').split(/[ \t\n]+/)
    if (words.every((word) => present.some((other) => sameModule(other, word)))) return []
    const line = `${name}+=" ${words.join(' ')} "`
    return {
      path: DRACUT_OWN,
      why,
      change: (text) => withLineFor(text, line, (old) => old.startsWith(`${name}+=`)),
    }
  })
}

function dracutValues(files: HostFiles): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const path of ['/etc/dracut.conf', ...files.list('/etc/dracut.conf.d', '.conf')])
    for (const { name, raw, appends, conditional } of shellAssignments(path, files.text(path) ?? '')) {
      if (conditional) continue
      const value = expand(raw, (other) => values.get(other) ?? '')
      values.set(name, appends ? `${values.get(name) ?? ''}${value}` : value)
    }
  return values
}
