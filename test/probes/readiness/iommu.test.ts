/** DMA and interrupt remapping: told apart, judged by what is in effect, and the remedy is the one that fits. */
import { describe, expect, test } from 'vitest'
import { AMD_CPU, ARM_CPU, check, GUEST_CPU, type HostSaid, INTEL_CPU, readiness } from './build.ts'

const START = '[    0.000000] Linux version 6.12.0 (x)\n'
const TABLE = (name: string) => ({ [`sys/firmware/acpi/tables/${name}`]: 'x' })

describe('DMA remapping', () => {
  const rows: readonly (readonly [title: string, said: HostSaid, status: string, evidence: string])[] = [
    [
      'devices in groups decide',
      { groups: [1, 2, null] },
      'ok',
      '2 of 3 PCI devices are in IOMMU groups (2 of them)',
    ],
    [
      'with what switched it on',
      { groups: [1], files: { 'proc/cpuinfo': INTEL_CPU, 'proc/cmdline': 'ro intel_iommu=on\n' } },
      'ok',
      'intel_iommu=on on the command line',
    ],
    [
      'on without being asked for',
      {
        groups: [1],
        files: {
          'proc/cpuinfo': INTEL_CPU,
          'boot/config-6.1.0': 'CONFIG_PCI=y\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n',
        },
      },
      'ok',
      'on by default (CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF)',
    ],
    [
      'against a log without a word of it',
      { groups: [1], log: START },
      'ok',
      '1 of 1 PCI devices are in IOMMU groups (1 of them)',
    ],
    [
      "groups of VFIO's no-IOMMU mode protect nothing",
      { groups: [0], files: { 'sys/kernel/iommu_groups/0/name': 'vfio-noiommu\n' } },
      'missing',
      'none of the 1 PCI devices',
    ],
    [
      '"IOMMU enabled" is what the command line asked for, no more',
      { log: `${START}[    0.02] DMAR: IOMMU enabled\n[    0.1] DMAR: parse DMAR table failure.\n` },
      'missing',
      'says only that the command line asks for it',
    ],
    [
      'a failure is told in the words of the kernel',
      { log: `${START}[    0.1] DMAR: parse DMAR table failure.\n` },
      'missing',
      '"DMAR: parse DMAR table failure."',
    ],
    [
      'a log alone: devices in groups',
      { log: '[ 0.4] pci 0000:00:02.0: Adding to iommu group 0\n' },
      'ok',
      'PCI devices into IOMMU groups: 1 into 1',
    ],
    [
      'of a log over two boots the last one counts',
      { log: `${START}[ 0.4] pci 0000:00:02.0: Adding to iommu group 0\n${START}` },
      'missing',
      'puts no device into an IOMMU group',
    ],
    ['a log from the start without groups', { log: START }, 'missing', 'puts no device into an IOMMU group'],
    ['a log whose beginning is gone', { log: '[86400.1] usb 1-1: new device\n' }, 'unknown', 'not whole'],
    [
      'interrupts remapped, DMA not',
      { groups: [null], log: `${START}[ 0.1] DMAR-IR: Enabled IRQ remapping in xapic mode\n` },
      'missing',
      'none of the 1 PCI devices',
    ],
    ['nothing to judge by', {}, 'unknown', 'neither PCI devices nor a boot log'],
  ]
  test.each(rows)('%s', (_, said, status, evidence) => {
    const found = check('iommu.dma-remapping', said)
    expect(found).toMatchObject({ status, required: true })
    expect(found.evidence).toContain(evidence)
  })
})

describe('the remedy for missing DMA remapping', () => {
  const rows: readonly (readonly [
    title: string,
    said: HostSaid,
    remedy: string,
    needs: readonly string[],
  ])[] = [
    [
      'Intel, described by the firmware, not asked for',
      { files: { 'proc/cpuinfo': INTEL_CPU, 'proc/cmdline': 'ro quiet\n', ...TABLE('DMAR') } },
      "add intel_iommu=on to the kernel's command line",
      ['kernel-parameter intel_iommu=on'],
    ],
    [
      'Intel, switched off on the command line',
      { files: { 'proc/cpuinfo': INTEL_CPU, 'proc/cmdline': 'ro intel_iommu=off\n', ...TABLE('DMAR') } },
      'take intel_iommu=off off',
      ['no-kernel-parameter intel_iommu=off', 'kernel-parameter intel_iommu=on'],
    ],
    [
      'Intel, asked for and not there',
      { files: { 'proc/cpuinfo': INTEL_CPU, 'proc/cmdline': 'intel_iommu=on,sm_on\n', ...TABLE('DMAR') } },
      'VT-d',
      [],
    ],
    [
      'Intel, not described by the firmware',
      { files: { 'proc/cpuinfo': INTEL_CPU, 'proc/cmdline': 'ro\n', ...TABLE('FACP') } },
      'switch "VT-d"',
      ['kernel-parameter intel_iommu=on'],
    ],
    [
      'AMD needs no parameter',
      { files: { 'proc/cpuinfo': AMD_CPU, 'proc/cmdline': 'ro\n', ...TABLE('FACP') } },
      'AMD-Vi',
      [],
    ],
    [
      "an emulated board with Intel's IOMMU and an AMD processor",
      { files: { 'proc/cpuinfo': AMD_CPU, 'proc/cmdline': 'ro\n', ...TABLE('DMAR') } },
      'add intel_iommu=on',
      ['kernel-parameter intel_iommu=on'],
    ],
    [
      'switched off twice',
      { files: { 'proc/cpuinfo': AMD_CPU, 'proc/cmdline': 'amd-iommu=off iommu=off\n', ...TABLE('IVRS') } },
      'take amd_iommu=off and iommu=off off',
      ['no-kernel-parameter amd_iommu=off', 'no-kernel-parameter iommu=off'],
    ],
    ['arm64', { files: { 'proc/cpuinfo': ARM_CPU, ...TABLE('IORT') } }, 'SMMU', []],
    [
      'a virtual machine',
      { files: { 'proc/cpuinfo': GUEST_CPU, ...TABLE('FACP') } },
      'its own host must give it one',
      [],
    ],
    [
      'a kernel built without it',
      {
        files: {
          'proc/cpuinfo': INTEL_CPU,
          'proc/cmdline': 'intel_iommu=on\n',
          'proc/sys/kernel/osrelease': '6.1.0\n',
          'boot/config-6.1.0': 'CONFIG_PCI=y\n# CONFIG_INTEL_IOMMU is not set\n',
          ...TABLE('DMAR'),
        },
      },
      'CONFIG_INTEL_IOMMU',
      [],
    ],
  ]
  test.each(rows)('%s', (_, said, remedy, needs) => {
    const found = check('iommu.dma-remapping', { groups: [null], ...said })
    expect(found.status).toBe('missing')
    expect(found.remedy).toContain(remedy)
    expect(
      found.needs.map((need) => `${need.kind} ${'parameter' in need ? need.parameter : ''}`.trim()),
    ).toEqual(needs)
  })
})

describe('interrupt remapping', () => {
  const REMAPPED = ' 24:  0  IR-PCI-MSI-0000:00:04.0  0-edge  PCIe PME\n'
  const PLAIN = '  9:  0  IO-APIC  9-fasteoi  acpi\n 24:  0  PCI-MSI 65536-edge  eth0\n'
  const rows: readonly (readonly [title: string, said: HostSaid, status: string, required: boolean])[] = [
    ['in effect', { files: { 'proc/interrupts': REMAPPED } }, 'ok', true],
    [
      'behind the translation of arm64',
      { files: { 'proc/interrupts': ' 24: 0 ITS-PCI-MSI-0000:01:00.0 0 Edge nvme0q0\n' } },
      'ok',
      true,
    ],
    [
      'behind a virtual IOMMU',
      { files: { 'proc/interrupts': ' 30: 5 vIR-PCI-MSI-0000:00:02.0 0-edge virtio\n' } },
      'ok',
      true,
    ],
    [
      'named as POWER does',
      { files: { 'proc/interrupts': ' 30: 5 PNV-PCI-MSI 1 Edge nvme\n' } },
      'unknown',
      true,
    ],
    [
      'in effect by the log, while no name tells',
      { files: { 'proc/interrupts': PLAIN }, log: '[ 0.1] AMD-Vi: Interrupt remapping enabled\n' },
      'ok',
      true,
    ],
    ['not in effect', { files: { 'proc/interrupts': PLAIN } }, 'missing', true],
    [
      'not in effect, and the operator has accepted that',
      {
        files: {
          'proc/interrupts': PLAIN,
          'etc/modprobe.d/unsafe.conf': 'options vfio_iommu_type1 allow_unsafe_interrupts=1\n',
        },
      },
      'warning',
      false,
    ],
    [
      'accepted in a file that the loaded module has not seen',
      {
        files: {
          'proc/interrupts': PLAIN,
          'sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts': 'N\n',
          'etc/modprobe.d/unsafe.conf': 'options vfio_iommu_type1 allow_unsafe_interrupts=1\n',
        },
      },
      'missing',
      true,
    ],
    [
      'accepted in a file that modprobe does not read',
      {
        files: {
          'proc/interrupts': PLAIN,
          'etc/modprobe.d/unsafe.conf.bak': 'options vfio_iommu_type1 allow_unsafe_interrupts=1\n',
        },
      },
      'missing',
      true,
    ],
    [
      'in effect, and unsafe interrupts accepted too',
      {
        files: {
          'proc/interrupts': REMAPPED,
          'sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts': 'Y\n',
        },
      },
      'ok',
      false,
    ],
    ['enabled, by the log', { log: '[ 0.1] AMD-Vi: Interrupt remapping enabled\n' }, 'ok', true],
    ['not in a log from the start', { log: START }, 'missing', true],
    ['in no log', { log: '[86400.1] usb 1-1: new device\n' }, 'unknown', true],
  ]
  test.each(rows)('%s', (_, said, status, required) => {
    expect(check('iommu.interrupt-remapping', said)).toMatchObject({ status, required })
  })

  test('switched off on the command line: that is what must go', () => {
    const said = { files: { 'proc/interrupts': PLAIN, 'proc/cmdline': 'intremap=off\n' }, groups: [1] }
    expect(check('iommu.interrupt-remapping', said).needs).toEqual([
      { kind: 'no-kernel-parameter', parameter: 'intremap=off' },
    ])
  })

  test('unsafe interrupts are offered only where there is an IOMMU without remapping', () => {
    const files = { 'proc/interrupts': PLAIN }
    const kinds = (groups: readonly (number | null)[]) =>
      check('iommu.interrupt-remapping', { files, groups }).needs.map(({ kind }) => kind)
    expect({ withIommu: kinds([1]), without: kinds([null]) }).toEqual({
      withIommu: ['unsafe-interrupts'],
      without: [],
    })
  })

  test("the firmware's opt-out of x2APIC is told", () => {
    const log =
      '[ 0.1] DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit.\n[ 0.1] DMAR-IR: Enabled IRQ remapping in xapic mode\n'
    expect(check('iommu.interrupt-remapping', { log }).evidence).toContain('no_x2apic_optout')
  })
})

test('what is unknown makes no host unready, what is missing and required does', () => {
  expect([readiness({}).ready, readiness({ groups: [null] }).ready]).toEqual([true, false])
})
