/** What readiness is judged from: reads below one root and starts no process. The boot log, which may cost one, comes when a check asks. */
import { gunzipSync } from 'node:zlib'
import { type FoundFirmware, readFirmwares } from '../../src/libvirt/firmware-files.ts'
import type { Warn } from '../read.ts'
import { type BootLog, parseBootLog } from './boot-log.ts'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import { type Cpu, parseCpuInfo } from './cpu-info.ts'
import { type GroupedDevice, type IommuUnit, iommuUnits, type PciGroups, pciGroups } from './iommu.ts'
import { type KernelConfig, parseKernelConfig } from './kernel-config.ts'
import { type ModprobeFile, modprobeFiles } from './modprobe-files.ts'
import { type HostTree, hostTree, type TreePlace } from './tree.ts'

/** A kernel's configuration; `options` null = the file is no whole one, or cannot be read. */
export interface ConfigFile {
  readonly file: string
  readonly options: KernelConfig | null
}

/** What a host says of itself; null = nothing. */
export interface ReadinessFacts extends Pick<HostTree, 'has' | 'text' | 'list' | 'unreadable'> {
  readonly cpu: Cpu | null
  readonly release: string | null
  /** The running kernel's, from /proc, else as the boot log repeats it. */
  commandLine(): CommandLine | null
  readonly pci: PciGroups | null
  /** Null = the kernel shows no class of IOMMUs. */
  readonly iommus: readonly IommuUnit[] | null
  /** The firmware's ACPI tables by name. */
  readonly tables: readonly string[] | null
  /** /proc/interrupts. */
  readonly interrupts: string | null
  readonly config: ConfigFile | null
  /** Read when first asked for, all three. */
  log(): BootLog | null
  firmware(): FoundFirmware
  modprobe(): readonly ModprobeFile[]
  /** True = the log is not worth asking for where it would only add words. */
  readonly brief: boolean
}

/** Where all that comes from. */
export interface ReadinessSource extends TreePlace {
  /** The boot log's text; called once at most, and only where a check needs it. Null = there is none to be had. */
  readonly readLog: () => string | null
  /** The host's PCI devices, where they are known already. */
  readonly devices?: readonly GroupedDevice[]
  /** Hears of files that are there and cannot be read; they count as absent, and `unreadable` tells. Dropped by default. */
  readonly warn?: Warn
  /** The boot log is not asked for where it would only add words. */
  readonly brief?: boolean
}

/** Never throws for what cannot be read: another user than root sees less, and that must not cost the rest. */
export function readReadinessFacts(source: ReadinessSource): ReadinessFacts {
  const { readLog, devices, warn = () => {}, brief = false } = source
  const tree = hostTree(source, warn)
  const { at, text, list, tolerant } = tree
  const sysfs = at('sys/').slice(0, -1)
  const log = once(() => {
    const text = tolerant('boot log', readLog)
    return text === null || text.trim() === '' ? null : parseBootLog(text)
  })
  const release =
    text('proc/sys/kernel/osrelease') ?? /Linux version (\S+)/.exec(text('proc/version') ?? '')?.[1] ?? null
  return {
    cpu: parseCpuInfo(text('proc/cpuinfo')),
    release,
    commandLine: once(() => {
      const line = text('proc/cmdline') ?? log()?.commandLine ?? null
      return line === null ? null : parseCommandLine(line)
    }),
    pci: tolerant('sys/bus/pci', () => pciGroups(sysfs, devices)),
    iommus: tolerant('sys/class/iommu', () => iommuUnits(sysfs)),
    tables: list('sys/firmware/acpi/tables'),
    interrupts: text('proc/interrupts'),
    config: readConfig(tree, release),
    log,
    brief,
    firmware: once(() => readFirmwares(source.root)),
    modprobe: once(() =>
      modprobeFiles({ list: (folder) => list(folder.slice(1)), text: (path) => text(path.slice(1)) }),
    ),
    ...{ text, list, has: tree.has, unreadable: tree.unreadable },
  }
}

function once<T>(read: () => T): () => T {
  let value: { readonly is: T } | null = null
  return () => {
    value ??= { is: read() }
    return value.is
  }
}

/** Of the running kernel: where it tells itself, where Debian puts it, where Red Hat does. Of an unknown kernel the only one there is. */
function readConfig({ text, list, bytes }: HostTree, release: string | null): ConfigFile | null {
  const packed = bytes('proc/config.gz')
  if (packed !== null) return { file: '/proc/config.gz', options: parseKernelConfig(unpacked(packed)) }
  const installed = (list('boot') ?? []).filter((name) => name.startsWith('config-'))
  const only = installed.length === 1 ? installed.map((name) => `boot/${name}`) : []
  const own = [`boot/config-${release}`, `lib/modules/${release}/config`, `usr/lib/modules/${release}/config`]
  for (const file of release === null ? only : own) {
    const found = text(file)
    if (found !== null) return { file: `/${file}`, options: parseKernelConfig(found) }
  }
  return null
}

/** '' for what is no gzip. */
function unpacked(packed: Buffer): string {
  try {
    return gunzipSync(packed).toString('latin1')
  } catch {
    return ''
  }
}
