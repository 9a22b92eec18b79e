/** A PCI function's `uevent`: several facts in one file (drivers/pci/pci-driver.c, pci_uevent). Pure. */

/** `PCI_CLASS=30200`, `PCI_ID=10DE:20B0`, `PCI_SUBSYS_ID=10DE:134F`. */
export const UEVENT = {
  class: /^PCI_CLASS=([0-9a-f]{1,6})$/im,
  ids: /^PCI_ID=([0-9a-f]{1,4}):([0-9a-f]{1,4})$/im,
  subsystem: /^PCI_SUBSYS_ID=([0-9a-f]{1,4}):([0-9a-f]{1,4})$/im,
} as const

/** Numbers; null where the text does not have them. */
export interface Uevent {
  readonly class: number | null
  readonly vendor: number | null
  readonly device: number | null
  readonly subsystemVendor: number | null
  readonly subsystemDevice: number | null
}

export function parseUevent(text: string | null): Uevent {
  const ids = find(UEVENT.ids, text)
  const subsystem = find(UEVENT.subsystem, text)
  return {
    class: hex(find(UEVENT.class, text)?.[1]),
    vendor: hex(ids?.[1]),
    device: hex(ids?.[2]),
    subsystemVendor: hex(subsystem?.[1]),
    subsystemDevice: hex(subsystem?.[2]),
  }
}

function find(pattern: RegExp, text: string | null): RegExpExecArray | null {
  return text === null ? null : pattern.exec(text)
}

function hex(digits: string | undefined): number | null {
  return digits === undefined ? null : parseInt(digits, 16)
}
