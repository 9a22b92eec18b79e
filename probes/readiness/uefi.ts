/** `firmware.uefi`: what VMs with FIRMWARE = "UEFI" start from. Pure. */
import { chooseFirmware } from '../../src/libvirt/firmware.ts'
import type { Check } from '../../src/model/readiness.ts'
import { check, withRemedy } from './check.ts'
import type { ReadinessFacts } from './facts.ts'

const GUESTS = {
  x86: {
    architecture: 'x86_64',
    machine: 'q35',
    install: '`apt install ovmf` (Debian, Ubuntu), `dnf install edk2-ovmf` (Red Hat family)',
  },
  arm64: {
    architecture: 'aarch64',
    machine: 'virt',
    install: '`apt install qemu-efi-aarch64` (Debian, Ubuntu), `dnf install edk2-aarch64` (Red Hat family)',
  },
} as const

export function firmwareCheck(facts: ReadinessFacts): Check {
  const id = 'firmware.uefi'
  const { firmwares, warnings } = facts.firmware()
  const guest = facts.cpu?.arch === 'arm64' ? GUESTS.arm64 : GUESTS.x86
  const { architecture, machine } = guest
  const found = chooseFirmware(firmwares, { architecture, machine, secureBoot: false })
  const ignored = warnings.length === 0 ? '' : `; ${warnings.join('; ')}`
  if (found !== null) return check(id, false, 'ok', `${found.code.path} (${found.descriptor})${ignored}`)
  if (facts.list('usr/share') === null)
    return check(id, false, 'unknown', 'there is no /usr/share to look into')
  return withRemedy(
    check(
      id,
      false,
      'missing',
      `no firmware for ${architecture} guests is described in /usr/share/qemu/firmware${ignored}`,
    ),
    `install it, where VMs are to boot with UEFI: ${guest.install}`,
  )
}
