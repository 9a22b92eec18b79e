/** A host's root folder for tests of `berth prepare`: files, links, PCI functions, and a picture of all of it to compare. */
import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Need } from '../../src/model/readiness.ts'
import { runPrepare } from '../../src/prepare/command.ts'
import type { Command } from '../../src/prepare/edit.ts'
import { createTree, type Entry, type Tree } from '../support/sysfs-tree.ts'

export const DEBIAN: Readonly<Record<string, Entry>> = {
  'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n',
  'etc/default/grub': `# This host's boot settings
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=\`( . /etc/os-release && echo $NAME )\`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"   # keep it quiet
GRUB_CMDLINE_LINUX=""
# GRUB_TERMINAL=console
`,
  'etc/initramfs-tools/modules': '# modules of the initramfs\ndm_crypt\n',
  'usr/sbin/update-grub': '',
  'usr/sbin/mkinitramfs': '',
}

export const RHEL: Readonly<Record<string, Entry>> = {
  'etc/os-release':
    'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky Linux 9.6"\n',
  'etc/default/grub':
    'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX="crashkernel=1G-4G:192M rd.lvm.lv=rl/root"\nGRUB_ENABLE_BLSCFG=true\n',
  'etc/kernel/cmdline': 'root=/dev/mapper/rl-root ro crashkernel=1G-4G:192M\n',
  'etc/dracut.conf': '# dracut\n',
  'usr/bin/dracut': '',
  'usr/sbin/grubby': '',
  'boot/loader/entries/a.conf': 'title Rocky\nlinux /vmlinuz\noptions root=/dev/mapper/rl-root ro\n',
}

export function hostRoot(files: Readonly<Record<string, Entry>>): Tree {
  const tree = createTree()
  for (const [path, entry] of Object.entries(files)) tree.write(path, entry)
  return tree
}

/** Path to content, mode and kind, of everything below the root but sysfs and Berth's own store. */
export function picture(root: string, dir = ''): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(root, dir)).sort()) {
    const path = join(dir, name)
    if (['sys', 'proc', 'var'].includes(path)) continue
    const stat = lstatSync(join(root, path))
    if (stat.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(root, path))}`
    else if (stat.isDirectory()) Object.assign(found, { [path]: 'folder' }, picture(root, path))
    else found[path] = `${(stat.mode & 0o7777).toString(8)} ${readFileSync(join(root, path), 'utf8')}`
  }
  return found
}

export const setMode = (root: string, path: string, mode: number): void => chmodSync(join(root, path), mode)

export const INTEL: readonly Need[] = [{ kind: 'kernel-parameter', parameter: 'intel_iommu=on' }]

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly ran: readonly string[]
}

export async function prepare(
  tree: Tree,
  argv: readonly string[],
  needs: readonly Need[] = [],
  runCommand: (command: Command) => number = () => 0,
): Promise<Outcome> {
  const out = { stdout: '', stderr: '', ran: [] as string[] }
  const status = await runPrepare(['--root', tree.root, ...argv], {
    stdout: (text) => {
      out.stdout += text
    },
    stderr: (text) => {
      out.stderr += text
    },
    readNeeds: async () => needs,
    runCommand: async (command) => {
      out.ran.push(command.argv.join(' '))
      const exitStatus = runCommand(command)
      return { command, exitStatus, output: exitStatus === 0 ? '' : 'it said no' }
    },
  })
  return { status, ...out }
}

/** A function with a driver, a group and modules that fit it, in usual files. */
export function pciFunction(
  tree: Tree,
  address: string,
  {
    driver,
    group,
    files = {},
  }: { driver?: string; group?: number; files?: Readonly<Record<string, Entry | null>> },
): void {
  const dir = tree.pci(address, {
    ...(driver === undefined ? {} : { driver: { link: `../../../bus/pci/drivers/${driver}` } }),
    ...(group === undefined ? {} : { iommu_group: { link: `../../../kernel/iommu_groups/${group}` } }),
    ...files,
  })
  if (driver !== undefined && !lstatExists(join(tree.root, `sys/bus/pci/drivers/${driver}`)))
    tree.write(`sys/bus/pci/drivers/${driver}/module`, { link: `../../../../module/${driver}` })
  if (dir === '') throw new Error('no folder')
}

function lstatExists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}
