/** What went wrong in a call of virsh, as a code and a remedy that a person can act on. Pure. */
import { type Address, parseAddress } from '../model/address.ts'
import { CommandFailed } from '../model/errors.ts'

export interface FailedCall {
  readonly command: string
  /** Null where no process ended by itself. */
  readonly exitCode: number | null
  readonly stderr: string
  readonly timedOut: boolean
  /** Milliseconds. */
  readonly timeout: number
  /** The executable was not found. */
  readonly missing: boolean
  readonly cause: unknown
}

const DEVICE_REMEDY = 'the device does not answer, or cannot be bound or reset; see the kernel log (dmesg)'

/** Texts that libvirt and QEMU print in the C locale, and what helps; the first that matches counts. A device is named by `address`. */
const KNOWN: readonly { readonly text: RegExp; readonly code: string; readonly remedy: string }[] = [
  {
    text: /failed to connect to the hypervisor|Failed to connect socket/i,
    code: 'libvirt-unreachable',
    remedy: 'start libvirtd (or virtqemud) and check that this user may use it',
  },
  {
    text: /authentication (?:failed|unavailable)|access denied/i,
    code: 'libvirt-unreachable',
    remedy: "run Berth as root, or put its user into the group 'libvirt'",
  },
  {
    text: /host doesn't support passthrough of host PCI devices/i,
    code: 'iommu-off',
    remedy: 'switch the IOMMU on in the firmware and on the kernel command line',
  },
  {
    text: /group \d+ is not viable|all devices within the iommu_group are bound/i,
    code: 'group-not-viable',
    remedy: 'a device of the IOMMU group is still on a driver of the host; `berth host show --all` names it',
  },
  {
    text: /PCI device \S+ is in use by driver/i,
    code: 'device-in-domain',
    remedy: 'another domain holds the device; shut that domain down or detach the device from it',
  },
  // What the host lets nobody do (open a group, lock memory) has other words: these are about one device.
  {
    text: /(?:(?:Failed to bind|Unable to reset) PCI device|Unknown PCI header type '\d+' for device) '?(?<address>[0-9a-f:]+\.[0-7])/,
    ...{ code: 'device-failed', remedy: DEVICE_REMEDY },
  },
  {
    text: /vfio (?<address>[0-9a-f:]+\.[0-7]): (?:error getting device|hardware reports invalid configuration)/,
    ...{ code: 'device-failed', remedy: DEVICE_REMEDY },
  },
  {
    text: /Unmanaged PCI device \S+ must be manually detached/i,
    code: 'device-not-detached',
    remedy: 'the device is not on vfio-pci: `berth device bind` takes it there',
  },
  {
    text: /USB device \S+ is in use by driver/i,
    code: 'device-in-domain',
    remedy: 'another domain holds the USB device; shut that domain down or detach the device from it',
  },
  {
    text: /Did not find USB device/i,
    code: 'usb-missing',
    remedy: 'it was pulled, or plugged in anew, at this very moment; it is planned anew after the next probe',
  },
  {
    text: /domain '.*' already exists|Domain is already active/i,
    code: 'domain-exists',
    remedy: 'a domain of this name exists; if nobody needs it, `virsh destroy` and `virsh undefine` it',
  },
  {
    text: /No more available PCI slots|No more available PCI addresses/i,
    code: 'no-pci-slot',
    remedy:
      'the machine has no slot left for the device: a running guest has a few spare root ports only, none for conventional devices; stop and start it with the device in its template, or use MACHINE = "q35"',
  },
]

/**
 * `virsh-missing`, `virsh-timeout`, a code for a text that is known, else `virsh-failed`; facts: command, exitCode, stderr, and
 * `address` where the text is about one device of the host.
 */
export function virshFailure(call: FailedCall): CommandFailed {
  const { code, said, remedy, address } = judged(call)
  const { command, exitCode, stderr, cause } = call
  return new CommandFailed(
    code,
    `${said}; ${remedy}`,
    { command, exitCode, stderr: stderr.trim(), remedy, ...(address && { address }) },
    cause,
  )
}

function judged(call: FailedCall): { code: string; said: string; remedy: string; address?: Address | null } {
  if (call.missing)
    return {
      code: 'virsh-missing',
      said: `${call.command.split(' ')[0]} was not found`,
      remedy: 'install libvirt-clients',
    }
  if (call.timedOut)
    return {
      code: 'virsh-timeout',
      said: `\`${call.command}\` did not end within ${call.timeout / 1000} s`,
      remedy: 'see whether libvirt answers `virsh list` and what its log says',
    }
  const known = KNOWN.find(({ text }) => text.test(call.stderr))
  const words = call.stderr
    .trim()
    .replace(/^error: /gm, '')
    .replace(/\s*\n\s*/g, ': ')
  return {
    code: known?.code ?? 'virsh-failed',
    said: `\`${call.command}\` failed (exit code ${call.exitCode ?? 'none'}): ${words || 'it said nothing'}`,
    address: parseAddress(known?.text.exec(call.stderr)?.groups?.address ?? ''),
    remedy: known?.remedy ?? "see libvirt's log (journalctl -u libvirtd -u virtqemud)",
  }
}
