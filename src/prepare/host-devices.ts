/** What a plan must know of a host's PCI devices: what they are, what the host needs them for, which modules fit them. Reads sysfs and proc below the root. */
import { readFileSync } from 'node:fs'
import { probePci } from '../../probes/pci/probe.ts'
import { lastPart, orAbsent, readAttribute, readLink, readText, type Warn } from '../../probes/read.ts'
import { openFilesOf } from '../../probes/usage/open-files.ts'
import { hostEvidence, hostUsage } from '../../probes/usage/usage.ts'
import type { Address } from '../model/address.ts'
import type { Device } from '../model/device.ts'
import { NotFound } from '../model/errors.ts'
import type { Usage } from '../model/usage.ts'
import { modulesFitting } from './modules-alias.ts'
import { below, followed } from './root.ts'

export interface HostDevice extends Device {
  /** Modules that would take it: the present driver's, and those whose aliases fit. vfio-pci's are not among them. */
  readonly modules: readonly string[]
  /** Its present driver is part of the kernel and no module. */
  readonly builtIn: boolean
}

export interface HostDevices {
  readonly devices: readonly HostDevice[]
  readonly usage: readonly Usage[]
}

/** NotFound `no-sysfs` where the root has no sysfs: nothing can be said of the devices of a host that does not run. */
export function readHostDevices(root: string, warn: Warn): HostDevices {
  const [sysfs, proc] = [below(root, '/sys'), below(root, '/proc')]
  const devices = probed(sysfs, warn)
  const usage = hostUsage(sysfs, devices, hostEvidence(sysfs, proc, openFilesOf(proc, warn)))
  const aliases = readAliases(root, readText(`${proc}/sys/kernel/osrelease`))
  return {
    usage,
    devices: devices.map((device) => ({
      ...device,
      modules: modulesOf(sysfs, device.address, aliases),
      builtIn: device.driver !== null && moduleOf(sysfs, device.address) === null,
    })),
  }
}

function probed(sysfs: string, warn: Warn): readonly Device[] {
  try {
    return probePci(sysfs, warn)
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    throw new NotFound(
      'no-sysfs',
      `${sysfs} is not the sysfs of a running host: devices and drivers can be chosen only where they can be looked at`,
      { sysfs },
      error,
    )
  }
}

function readAliases(root: string, release: string | null): string {
  if (release === null) return ''
  const file = below(root, followed(root, `/lib/modules/${release}/modules.alias`))
  return orAbsent(file, () => readFileSync(file, 'utf8')) ?? ''
}

function modulesOf(sysfs: string, address: Address, aliases: string): readonly string[] {
  const present = moduleOf(sysfs, address)
  const modalias = readAttribute(`${sysfs}/bus/pci/devices/${address}/modalias`)
  const fitting = modalias === null ? [] : modulesFitting(aliases, modalias)
  const all = present === null ? fitting : [present, ...fitting]
  return [...new Set(all.map((name) => name.replaceAll('-', '_')))].filter((name) => name !== 'vfio_pci')
}

/** The module of its present driver; null = no driver, or one that is built into the kernel. */
function moduleOf(sysfs: string, address: Address): string | null {
  const target = readLink(`${sysfs}/bus/pci/devices/${address}/driver/module`)
  return target === null ? null : lastPart(target)
}
