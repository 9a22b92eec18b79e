/** Processor, kernel, modules and programs: what is there, and what to do where it is not. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { CheckId } from '../../../src/model/readiness.ts'
import { AMD_CPU, ARM_CPU, check, GUEST_CPU, type HostSaid, INTEL_CPU } from './build.ts'

const RELEASE = { 'proc/sys/kernel/osrelease': '6.12.0\n' }
const CONFIG = [
  'PCI=y',
  'PCI_IOV=y',
  'VFIO=m',
  'VFIO_PCI=m',
  'VFIO_IOMMU_TYPE1=m',
  'KVM=m',
  'KVM_INTEL=m',
  'INTEL_IOMMU=y',
  'IRQ_REMAP=y',
]
const config = (...without: readonly string[]) =>
  CONFIG.filter((line) => !without.includes(line.replace(/=.*/, '')))
    .map((line) => `CONFIG_${line}\n`)
    .join('')

type Row = readonly [title: string, id: CheckId, said: HostSaid, status: string, told: string]

const PROCESSOR: readonly Row[] = [
  ['vmx', 'cpu.virtualization', { files: { 'proc/cpuinfo': INTEL_CPU } }, 'ok', 'vmx'],
  ['svm', 'cpu.virtualization', { files: { 'proc/cpuinfo': AMD_CPU } }, 'ok', 'svm'],
  [
    'a guest without it',
    'cpu.virtualization',
    { files: { 'proc/cpuinfo': GUEST_CPU } },
    'missing',
    'host-passthrough',
  ],
  [
    'switched off by the firmware',
    'cpu.virtualization',
    { files: { 'proc/cpuinfo': INTEL_CPU }, log: '[ 5.1] kvm: disabled by bios\n' },
    'missing',
    'VT-x',
  ],
  [
    'a guest without it whose KVM does without it',
    'cpu.virtualization',
    { files: { 'proc/cpuinfo': GUEST_CPU, 'dev/kvm': '' } },
    'ok',
    'neither vmx nor svm in the flags of 1 processor (/proc/cpuinfo), but /dev/kvm is there',
  ],
  [
    'arm64 with /dev/kvm',
    'cpu.virtualization',
    { files: { 'proc/cpuinfo': ARM_CPU, 'dev/kvm': '' } },
    'ok',
    '/dev/kvm',
  ],
  ['arm64 without', 'cpu.virtualization', { files: { 'proc/cpuinfo': ARM_CPU } }, 'unknown', 'no /dev/kvm'],
  ['/dev/kvm', 'kvm', { files: { 'dev/kvm': '' } }, 'ok', '/dev/kvm'],
  [
    'no /dev/kvm',
    'kvm',
    { files: { 'proc/cpuinfo': AMD_CPU, 'dev/null': '' } },
    'missing',
    'modprobe kvm_amd',
  ],
]

const KERNEL: readonly Row[] = [
  [
    'older than VFIO',
    'kernel.version',
    { files: { 'proc/sys/kernel/osrelease': '3.2.0-4-amd64\n' } },
    'missing',
    '3.6',
  ],
  [
    'older than driver_override',
    'kernel.version',
    { files: { 'proc/sys/kernel/osrelease': '3.10.0-1160.el7\n' } },
    'warning',
    'driver_override',
  ],
  ['of today', 'kernel.version', { files: RELEASE }, 'ok', '6.12.0'],
  [
    'of a log',
    'kernel.version',
    { log: '[ 0.0] Linux version 5.4.0-97-generic (x)\n' },
    'ok',
    '5.4.0-97-generic',
  ],
  [
    'all options',
    'kernel.config',
    { files: { 'proc/cpuinfo': INTEL_CPU, ...RELEASE, 'boot/config-6.12.0': config() } },
    'ok',
    'as modules',
  ],
  [
    'of the running kernel only',
    'kernel.config',
    { files: { ...RELEASE, 'boot/config-6.1.0': config() } },
    'unknown',
    'neither in /boot nor in /proc',
  ],
  [
    'packed, in /proc',
    'kernel.config',
    { files: { ...RELEASE, 'proc/config.gz': gzipSync(config('VFIO_PCI')) } },
    'missing',
    'CONFIG_VFIO_PCI (there is no driver vfio-pci)',
  ],
  [
    "where Red Hat puts it: without the processor's IOMMU",
    'kernel.config',
    { files: { 'proc/cpuinfo': INTEL_CPU, ...RELEASE, 'lib/modules/6.12.0/config': config('INTEL_IOMMU') } },
    'missing',
    'CONFIG_INTEL_IOMMU',
  ],
  [
    'without SR-IOV',
    'kernel.config',
    { files: { 'proc/cpuinfo': INTEL_CPU, ...RELEASE, 'boot/config-6.12.0': config('PCI_IOV') } },
    'warning',
    'CONFIG_PCI_IOV',
  ],
  [
    "without the processor's KVM, where there is another",
    'kernel.config',
    {
      files: {
        ...{ 'proc/cpuinfo': INTEL_CPU, ...RELEASE, 'dev/kvm': '' },
        'boot/config-6.12.0': config('KVM_INTEL'),
      },
    },
    'ok',
    'as modules',
  ],
  [
    'packed, and broken',
    'kernel.config',
    { files: { 'proc/config.gz': 'no gzip' } },
    'unknown',
    'no whole configuration',
  ],
  [
    'a fragment',
    'kernel.config',
    { files: { 'boot/config-1': 'CONFIG_64BIT=y\n' } },
    'unknown',
    'no whole configuration',
  ],
]

const MODULES: readonly Row[] = [
  ['loaded', 'vfio.modules', { files: { 'sys/module/vfio_pci/refcnt': '0\n' } }, 'ok', 'loaded'],
  [
    'loadable',
    'vfio.modules',
    {
      files: {
        ...RELEASE,
        'lib/modules/6.12.0/modules.dep': 'kernel/drivers/vfio/pci/vfio-pci.ko.xz: a b\n',
      },
    },
    'ok',
    'vfio-pci.ko.xz',
  ],
  [
    'built in',
    'vfio.modules',
    {
      files: {
        ...RELEASE,
        'lib/modules/6.12.0/modules.dep': '',
        'lib/modules/6.12.0/modules.builtin': 'kernel/drivers/vfio/pci/vfio-pci.ko\n',
      },
    },
    'ok',
    'built into',
  ],
  [
    'not installed',
    'vfio.modules',
    { files: { ...RELEASE, 'lib/modules/6.12.0/modules.dep': 'kernel/fs/fuse/fuse.ko: \n' } },
    'missing',
    'linux-modules-extra',
  ],
  [
    'kept away by modprobe',
    'vfio.modules',
    { files: { 'etc/modprobe.d/hardening.conf': 'install vfio-pci /bin/false\n' } },
    'missing',
    '/etc/modprobe.d/hardening.conf',
  ],
  [
    "kept away by a file of the administrator's own packages",
    'vfio.modules',
    { files: { 'usr/local/lib/modprobe.d/site.conf': 'install vfio_pci /bin/false\n' } },
    'missing',
    '/usr/local/lib/modprobe.d/site.conf bars vfio_pci',
  ],
  [
    'two of them kept away by the command line',
    'vfio.modules',
    { files: { 'proc/cmdline': 'module_blacklist=vfio,vfio-pci\n' } },
    'missing',
    'module_blacklist=vfio on the command line bars vfio; module_blacklist=vfio-pci on the command line bars vfio_pci',
  ],
  [
    'a file that one of the same name in /etc hides bars nothing',
    'vfio.modules',
    {
      files: {
        'usr/lib/modprobe.d/x.conf': 'install vfio_pci /bin/false\n',
        'etc/modprobe.d/x.conf': '',
        'sys/module/vfio_pci/refcnt': '0\n',
      },
    },
    'ok',
    'loaded',
  ],
  ['nothing tells', 'vfio.modules', {}, 'unknown', 'neither'],
]

const PROGRAMS: readonly Row[] = [
  [
    'QEMU there',
    'qemu',
    { files: { 'usr/bin/qemu-system-x86_64': '' } },
    'ok',
    '/usr/bin/qemu-system-x86_64',
  ],
  [
    'with its version',
    'qemu',
    {
      files: { 'usr/libexec/qemu-kvm': '' },
      answers: { qemuVersion: 'QEMU emulator version 8.2.2 (Debian)' },
    },
    'ok',
    'version 8.2.2',
  ],
  [
    'QEMU of another processor',
    'qemu',
    { files: { 'proc/cpuinfo': INTEL_CPU, 'usr/bin/qemu-system-arm': '' } },
    'missing',
    'apt install',
  ],
  [
    'QEMU elsewhere, and libvirt runs it',
    'qemu',
    {
      files: { 'usr/bin/env': '' },
      answers: { libvirt: { version: 'libvirt 9.0.0 answers, and runs QEMU 7.2.0' } },
    },
    'ok',
    'QEMU 7.2.0',
  ],
  [
    'QEMU elsewhere, and libvirt answers',
    'qemu',
    { files: { 'usr/bin/env': '' }, answers: { libvirt: { version: 'it answers' } } },
    'unknown',
    'elsewhere',
  ],
  ['no programs at all', 'qemu', {}, 'unknown', 'no programs'],
  [
    'libvirt answers',
    'libvirt',
    { answers: { libvirt: { version: 'libvirt 11.3.0 answers' } } },
    'ok',
    '11.3.0',
  ],
  [
    'libvirt does not answer',
    'libvirt',
    {
      files: { 'usr/sbin/libvirtd': '', 'usr/bin/virsh': '' },
      answers: { libvirt: { failure: 'Failed to connect socket' } },
    },
    'missing',
    'systemctl enable --now libvirtd',
  ],
  ['libvirt not installed', 'libvirt', { files: { 'usr/bin/env': '' } }, 'missing', 'libvirt-daemon-system'],
  ['a daemon without its client', 'libvirt', { files: { 'usr/sbin/virtqemud': '' } }, 'missing', 'virsh'],
  [
    'a list of devices that leaves VFIO out',
    'libvirt.device-acl',
    {
      files: { 'etc/libvirt/qemu.conf': 'cgroup_device_acl = [\n  "/dev/null",\n  # "/dev/vfio/vfio"\n]\n' },
    },
    'warning',
    '/dev/vfio/vfio',
  ],
  [
    'VFIO in a comment behind an entry',
    'libvirt.device-acl',
    {
      files: { 'etc/libvirt/qemu.conf': 'cgroup_device_acl = [\n  "/dev/null" # not "/dev/vfio/vfio"\n]\n' },
    },
    'warning',
    '/dev/vfio/vfio',
  ],
  [
    "libvirt's own list",
    'libvirt.device-acl',
    { files: { 'etc/libvirt/qemu.conf': '#cgroup_device_acl = [ "/dev/null" ]\n' } },
    'ok',
    'own list',
  ],
  [
    'a small limit, and no libvirt to raise it',
    'limits.memlock',
    {
      files: {
        'proc/self/limits': 'Max locked memory         8388608              8388608              bytes\n',
      },
    },
    'warning',
    '8192 KiB',
  ],
]

describe.each([
  ['processor', PROCESSOR],
  ['kernel', KERNEL],
  ['modules', MODULES],
  ['programs', PROGRAMS],
] as const)('%s', (_, rows) => {
  test.each(rows)('%s', (_title, id, said, status, told) => {
    const found = check(id, said)
    expect(found.status).toBe(status)
    expect(`${found.evidence} ${found.remedy ?? ''}`).toContain(told)
  })

  test('what is missing or warned of has a remedy, what is ok has none', () => {
    for (const [, id, said] of rows) {
      const { status, remedy } = check(id, said)
      expect([id, status, remedy !== null]).toEqual([
        id,
        status,
        status === 'missing' || status === 'warning',
      ])
    }
  })
})
