/** Reports of hosts as a data centre has them: 40 devices, readiness in words, a domain for each VM. */

const CHECKS = [
  ...['cpu.virtualization', 'kvm', 'iommu.dma-remapping', 'iommu.interrupt-remapping', 'kernel.version'],
  ...[
    'kernel.config',
    'vfio.modules',
    'qemu',
    'libvirt',
    'libvirt.device-acl',
    'firmware.uefi',
    'limits.memlock',
  ],
]

/** About 3 KB, as a host's is. */
const READINESS = {
  ready: true,
  checks: CHECKS.map((id) => ({
    ...{ id, status: 'ok', required: true, remedy: null },
    evidence:
      `${id} was looked at in /sys and /proc, and what stands there is what passing a device asks for. `.repeat(
        2,
      ),
  })),
}

const CAPACITY = {
  ...{ cpus: 64, memoryKiB: 2 ** 28, hypervisor: 'kvm', arch: 'x86_64', kernel: '6.12.0-1-amd64' },
  numaNodes: [0, 1].map((id) => ({ id, cpus: 32, memoryKiB: 2 ** 27 })),
}

/** `domains`: of its VMs; `drivers`: the devices' driver. */
export function reportOf(berth, name, devices, { domains = [], driver = null } = {}) {
  return {
    ...{ schema: 'berth.host-report/1', host: name, bootId: 'boot-1', usage: [], usb: [] },
    devices: Array.from({ length: devices }, (_, n) => device(berth, n, driver)),
    ...{ capacity: CAPACITY, readiness: READINESS, domains },
  }
}

function device(berth, n, driver) {
  const address = berth.parseAddress(`0000:${(n + 16).toString(16)}:00.0`)
  const gpu = n % 4 !== 3
  return {
    ...{
      address,
      vendorId: gpu ? '10de' : '15b3',
      deviceId: gpu ? '20b0' : '101e',
      classId: gpu ? '0302' : '0200',
    },
    ...{ progIf: '00', revision: 'a1', subsystemVendorId: '10de', subsystemDeviceId: '134f' },
    ...{ vendorName: 'NVIDIA Corporation', deviceName: 'GA100 [A100 SXM4 40GB]', className: '3D controller' },
    ...{ kind: 'plain', parent: null, totalVfs: 0, numVfs: 0, numaNode: n % 2, iommuGroup: n, driver },
    ...{ bridge: false, networkInterfaces: [], resetMethods: ['flr', 'bus'], msix: null, pcie: true },
    ...{ identity: `path:0000:00/${n}`, passthrough: null, offered: true },
  }
}

export function domainOf(cluster, vm, epoch, hostdevs) {
  const uuid = `00000000-0000-4000-8000-${vm.toString(16).padStart(12, '0')}`
  return {
    uuid,
    name: `berth-${vm}`,
    state: 'running',
    hostdevs,
    usbHostdevs: [],
    berth: { cluster, vm, epoch },
  }
}
