/** Findings in words: what may go wrong when a device is passed, and what helps. */
import { shortAddress } from '../model/address.ts'
import { type Finding, type GroupCause, isWarning } from '../model/finding.ts'
import type { DiagnosisView } from './documents.ts'

export function diagnosisView(finding: Finding): DiagnosisView {
  const level = isWarning(finding) ? 'warning' : 'note'
  return { code: finding.code, level, message: findingMessage(finding) }
}

/** One sentence without a full stop: what it is, then what comes of it or what helps. */
export function findingMessage(finding: Finding): string {
  switch (finding.code) {
    case 'msix-overlap':
      return `MSI-X table and pending bits overlap in BAR ${finding.bar}: QEMU starts no VM with it, unless vfio-pci's x-msix-relocation moves them`
    case 'msix-outside-bar':
      return `${outsideBar(finding)}: QEMU starts no VM with it, unless vfio-pci's x-msix-relocation moves them`
    case 'no-reset':
      return 'the kernel has no way to reset it: what one VM leaves in it, the next one finds'
    case 'no-function-reset':
      return resetMessage(finding)
    case 'not-isolated':
      return `its IOMMU group ${finding.group} holds ${list(finding.mates)} too, ${causeMessage(finding.cause)}; they go to a VM only together`
    case 'shared-interrupt':
      return `it cannot interrupt by message (MSI) and shares interrupt line ${finding.irq} with ${list(finding.others)}: where it cannot mask the line, QEMU starts no VM with it; a driver of theirs that uses MSI, or none, leaves it the line`
    case 'reserved-memory':
      return 'the firmware demands memory mapped one to one for its IOMMU group (RMRR, IVMD), so the kernel lets no VM have it; a firmware update, or its setting for the device (such as pre-boot DMA protection), may lift that'
    case 'no-rom':
      return "it has no ROM: the guest's firmware shows nothing on it, and the display begins with the guest's driver"
  }
}

function outsideBar({ part, bar, end, size }: Extract<Finding, { code: 'msix-outside-bar' }>): string {
  const where = part === 'table' ? 'the MSI-X table ends' : 'the MSI-X pending bits end'
  const room = size === 0 ? `BAR ${bar} is not there` : `BAR ${bar} has ${size}`
  return `${where} at byte ${end}, and ${room}`
}

/** The kernel's words in Documentation/ABI/testing/sysfs-bus-pci. */
const METHODS: Readonly<Record<string, string>> = {
  pm: 'by power management (D3hot and back)',
  bus: 'by a reset of its bus',
  cxl_bus: 'by a reset of its bus',
}

function resetMessage({ methods, others }: Extract<Finding, { code: 'no-function-reset' }>): string {
  const instead = methods.map((method) => METHODS[method] ?? `by ${method}`)
  const how = instead.length === 0 ? 'some other way' : [...new Set(instead)].join(', else ')
  const words = `no function-level reset: the kernel resets it ${how}`
  return others.length === 0
    ? words
    : `${words}, which ${list(others)} would go through too, so nothing is reset while others have them`
}

function causeMessage(cause: GroupCause): string {
  switch (cause.kind) {
    case 'bridge':
      return `because ${shortAddress(cause.bridge)} above it has no access control (ACS); another slot, or the firmware's ACS setting, may part them`
    case 'conventional':
      return `because it is on a conventional PCI bus, behind ${shortAddress(cause.bridge)}`
    case 'functions':
      return 'functions of one card without access control (ACS) between them'
    case 'unknown':
      return 'for a reason that the tree does not show'
  }
}

/** More are counted, not named. */
const NAMED = 4

function list(addresses: readonly Parameters<typeof shortAddress>[0][]): string {
  const more = addresses.length - NAMED
  const named = addresses.slice(0, NAMED).map(shortAddress)
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
}
