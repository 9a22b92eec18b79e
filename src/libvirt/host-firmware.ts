/** What a host has for UEFI guests, found when it is asked for: the image that fits, and the file for a VM's variables. */
import { join } from 'node:path'
import { NotFound } from '../model/errors.ts'
import type { DeployOrder } from '../model/order.ts'
import type { DomainMark } from '../model/usage.ts'
import { chooseFirmware, type FlashFile, needsSmm } from './firmware.ts'
import { DESCRIPTOR_FOLDERS, readFirmwares } from './firmware-files.ts'
import { nvramFile, removeNvram } from './nvram.ts'

/** What the domain's XML needs of a host. */
export interface ChosenFirmware {
  readonly code: FlashFile
  /** Copied by libvirt where the VM has no variables of its own yet. */
  readonly template: FlashFile
  /** Absolute: the VM's own. */
  readonly nvram: string
  readonly smm: boolean
}

export interface HostFirmware {
  /** Null = the order is for a BIOS guest. NotFound `no-firmware` with what to install. */
  choose(order: DeployOrder): ChosenFirmware | null
  /** Deletes the VM's variables; there may be none. CommandFailed `nvram-remains`. */
  forget(mark: Pick<DomainMark, 'cluster' | 'vm'>): Promise<void>
}

export interface HostFirmwareOptions {
  /** Where the host's file system begins: `/` on the host itself. */
  readonly root: string
  /** As `uname -m` says it. */
  readonly architecture: string
  /** See nvram.ts. */
  readonly nvramFolder: string
}

export function hostFirmware({ root, architecture, nvramFolder }: HostFirmwareOptions): HostFirmware {
  return {
    choose: (order) => {
      const { firmware, machine } = order.definition
      if (firmware === undefined) return null
      const { firmwares, warnings } = readFirmwares(root)
      const secureBoot = firmware === 'uefi-secure'
      const found = chooseFirmware(firmwares, { architecture, machine, secureBoot })
      if (found === null) throw noFirmware(order, architecture, warnings)
      const nvram = join(nvramFolder, nvramFile(order, found.variables.format))
      return { code: found.code, template: found.variables, nvram, smm: needsSmm(found) }
    },
    forget: (mark) => removeNvram(root, nvramFolder, mark),
  }
}

const PACKAGES: Readonly<Record<string, string>> = {
  x86_64: 'ovmf (Debian, Ubuntu), edk2-ovmf (Fedora, RHEL) or qemu-ovmf-x86_64 (SUSE)',
  aarch64: 'qemu-efi-aarch64 (Debian, Ubuntu), edk2-aarch64 (Fedora, RHEL) or qemu-uefi-aarch64 (SUSE)',
}

/** Also where nobody could be asked: `warnings` = what could not be read. */
export function noFirmware(
  { definition, vm }: DeployOrder,
  architecture: string,
  warnings: readonly string[],
): NotFound {
  const { firmware, machine } = definition
  const boot = firmware === 'uefi-secure' ? 'with Secure Boot and enrolled keys' : 'without Secure Boot'
  const unread = warnings.length === 0 ? '' : ` (${warnings.join('; ')})`
  return new NotFound(
    'no-firmware',
    `no UEFI firmware ${boot} for ${architecture}, machine ${machine}, is described in ${DESCRIPTOR_FOLDERS.join(' or ')}${unread}; install ${PACKAGES[architecture] ?? "the distribution's UEFI firmware for QEMU"}`,
    { vm, architecture, machine, firmware, warnings },
  )
}
