/** What a boot log says, in the forms in which people keep it. */
import { describe, expect, test } from 'vitest'
import { parseBootLog } from '../../../probes/readiness/boot-log.ts'

describe('devices put into IOMMU groups are counted', () => {
  test.each([
    ['of a new kernel', '[    0.45] pci 0000:01:00.0: Adding to iommu group 7'],
    ['of an old kernel', '[    0.45] iommu: Adding device 0000:01:00.0 to group 7'],
    ['out of the journal', 'Nov 21 01:23:18 kvm-a kernel: pci 0000:01:00.0: Adding to iommu group 7'],
    ['out of a report', '[    0.000000] kernel: pci 10000:e1:00.0: Adding to iommu group 7'],
    [
      'twice, after a hot plug',
      'pci 0000:01:00.0: Adding to iommu group 7\npci 0000:01:00.0: Adding to iommu group 7',
    ],
  ])('%s', (_, text) => {
    expect(parseBootLog(text)).toMatchObject({ groupedDevices: 1, groups: 1 })
  })

  test('devices that are not PCI are not', () => {
    expect(parseBootLog('[ 1.0] AMDI0010:00: Adding to iommu group 3').groupedDevices).toBe(0)
  })
})

describe('interrupt remapping', () => {
  test.each([
    ['Intel, x2APIC', 'DMAR-IR: Enabled IRQ remapping in x2apic mode', 'enabled'],
    ['Intel, xAPIC', 'DMAR-IR: Enabled IRQ remapping in xapic mode', 'enabled'],
    ['Intel, before 4.0', 'Enabled IRQ remapping in x2apic mode', 'enabled'],
    ['AMD', 'AMD-Vi: Interrupt remapping enabled', 'enabled'],
    ['arm64', 'ITS [mem 0x08080000-0x0809ffff]', 'enabled'],
    [
      'Intel refused it',
      'DMAR-IR: Failed to enable irq remapping. You are vulnerable to irq-injection attacks.',
      'failed',
    ],
    ['AMD gave it up', 'AMD-Vi: Disabling interrupt remapping', 'failed'],
    ['VFIO missed it', 'vfio_iommu_type1_attach_group: No interrupt remapping support.', 'failed'],
    ['nothing of it', 'DMAR: Host address width 46', null],
  ])('%s', (_, line, expected) => {
    expect(parseBootLog(`[    0.096394] ${line}`).interruptRemapping).toBe(expected)
  })
})

describe('failures of the IOMMU are kept as the kernel wrote them', () => {
  test.each([
    'DMAR: parse DMAR table failure.',
    'DMAR: Failed to map dmar2',
    'DMAR: No DMAR devices found',
    'AMD-Vi: [Firmware Bug]: : IOAPIC[9] not in IVRS table',
  ])('%s', (line) => {
    expect(parseBootLog(`[    0.1] ${line}`).failures).toEqual([line])
  })

  test.each([
    'iommu: DMA domain TLB invalidation policy: lazy mode',
    'DMAR: dmar0: Using Queued invalidation',
    'DMAR: No RMRR found',
    'DMAR: IOMMU batching disallowed due to virtualization',
  ])('not: %s', (line) => {
    expect(parseBootLog(`[    0.1] ${line}`).failures).toEqual([])
  })
})

test.each([
  ['from the start', '[    0.000000] Linux version 6.12.0 (x)\n', true],
  ['with its command line only', '[    0.000000] Command line: ro quiet\n', true],
  ['with its beginning rotated away', '[86400.1] usb 1-1: new device\n', false],
])('a log %s', (_, text, fromStart) => {
  expect(parseBootLog(text).fromStart).toBe(fromStart)
})
