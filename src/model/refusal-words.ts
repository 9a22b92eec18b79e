/** Why hosts cannot take a VM, in a few words for many hosts at once. */
import type { RefusalCode } from './refusal.ts'

/** In the order in which a host is checked. */
export const REASONS: Readonly<Record<RefusalCode, string>> = {
  'host-state': 'host not on',
  'other-host': 'not the host asked for',
  'not-ready': 'host not ready for passthrough',
  'no-firmware': 'host without UEFI firmware',
  requirements: 'SCHED_REQUIREMENTS not met',
  cpu: 'not enough CPU',
  memory: 'not enough memory',
  'no-such-device': 'no such PCI device',
  'not-enough-free': 'not enough free PCI devices',
  'group-not-viable': 'IOMMU group not viable',
  'pf-has-vfs': 'PCI device has virtual functions',
  'in-use-by-host': 'PCI device in use by the host',
  'no-iommu-group': 'PCI device in no IOMMU group',
  'usb-in-use': 'USB controller in use',
  'device-out-of-service': 'PCI device drained or quarantined',
  'never-assignable': 'PCI device never given to VMs',
  functions: 'no slot with all functions free',
  combination: 'PCI requests not possible together',
  numa: 'PCI devices not on one NUMA node',
  'search-limit': 'PCI search given up',
  'no-such-usb-device': 'no such USB device',
  'usb-not-free': 'USB device not free',
  'usb-and-pci': 'USB and PCI requests not possible together',
}
