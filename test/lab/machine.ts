/** The lab's hardware as QEMU's command line: an Intel IOMMU and a zoo of PCI devices, each address known in advance. Pure. */
import { join } from 'node:path'
import type { LabFiles } from './recipe/cache.ts'

/** Where this boot keeps its sockets, disks and shares. */
export interface Places {
  readonly run: string
  /** Read by the host at /lab. */
  readonly share: string
  /** Written by the host at /out. */
  readonly out: string
}

export const DISKS = { nvme0: '64M', nvme1: '64M', usb: '64M', database: '256M' } as const

/** A kernel parameter, read by host/start.sh: a shell in place of the commands' channel. */
export const SHELL = 'lab.shell'
/** Likewise: it can connect to this machine, whose loopback it sees at GATEWAY; nobody can connect to it. */
export const OUTSIDE = 'lab.outside'
export const GATEWAY = '10.0.2.2'
/** The link's name for the monitor: `set_link outside off`. */
export const LINK = 'outside'

/** Beside the devices below: 00:02.0 to 00:03.1 the shares, 00:07.0 entropy, 00:08.0 the disk with Berth's database, which the host has mounted, 00:09.0 the way outside where there is one. */
export function machineArguments(
  files: LabFiles,
  places: Places,
  parameters: readonly string[],
): readonly string[] {
  const shell = parameters.includes(SHELL)
  const { tree } = files
  const outside = parameters.includes(OUTSIDE)
  return [
    ...['-name', 'labhost', '-machine', 'q35,kernel-irqchip=split,usb=off,i8042=off'],
    ...['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,la57=off', '-smp', '2', '-m', '4G'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-net', 'none'],
    ...device('intel-iommu,intremap=on,caching-mode=on,device-iotlb=on'),
    ...['-kernel', files.kernel, '-initrd', files.initramfs],
    ...[
      '-append',
      // A one-shot timer whose interrupt the emulation loses is never armed again, and the processor sleeps for good: a periodic
      // tick outlives that.
      `console=ttyS0 quiet panic=-1 mitigations=off nokaslr audit=0 nohz=off highres=off ${parameters.join(' ')}`,
    ],
    ...['-serial', `file:${join(places.run, 'console.log')}`],
    ...(shell ? ['-chardev', 'stdio,id=shell,signal=off', '-serial', 'chardev:shell'] : []),
    ...['-qmp', `unix:${join(places.run, 'monitor')},server=on,wait=off`],
    ...[
      '-object',
      'rng-random,id=rng,filename=/dev/urandom',
      ...device('virtio-rng-pci,rng=rng,bus=pcie.0,addr=0x7'),
    ],
    ...share('root', tree, '0x2', ',readonly=on,multidevs=remap'),
    ...share('lab', places.share, '0x3.0,multifunction=on', ',readonly=on'),
    ...share('out', places.out, '0x3.1', ''),
    ...drive('database', places),
    ...device('virtio-blk-pci,drive=database,bus=pcie.0,addr=0x8'),
    ...(outside
      ? [
          ...['-netdev', 'user,id=network,restrict=off'],
          ...device(`virtio-net-pci,netdev=network,id=${LINK},bus=pcie.0,addr=0x9,romfile=`),
        ]
      : []),
    ...zoo(places),
  ]
}

const device = (description: string): readonly string[] => ['-device', description]

function share(tag: string, path: string, address: string, more: string): readonly string[] {
  return [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none${more}`],
    ...device(`virtio-9p-pci,fsdev=${tag},mount_tag=${tag},bus=pcie.0,addr=${address}`),
  ]
}

const drive = (name: keyof typeof DISKS, places: Places): readonly string[] => [
  '-drive',
  `file=${join(places.run, `${name}.img`)},if=none,id=${name},format=raw`,
]

/** A root port of QEMU has ACS, so what hangs on one is an IOMMU group of its own. The ports 11 and 12 are empty: cards are plugged in there. */
function zoo(places: Places): readonly string[] {
  const port = (number: number) => {
    const [slot, fn] = number <= 8 ? [4, number - 1] : [5, number - 9]
    return device(
      `pcie-root-port,id=port${number},bus=pcie.0,chassis=${number},slot=${number},addr=${slot}.${fn}${fn === 0 ? ',multifunction=on' : ''}`,
    )
  }
  const mac = (last: string) => `mac=52:54:00:00:00:${last},romfile=`
  return [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap(port),
    ...device(`e1000e,bus=port1,id=nicA,${mac('01')}`), // 01:00.0
    ...device(`e1000e,bus=port2,id=nicB,${mac('02')}`), // 02:00.0
    ...device(`igb,bus=port3,id=igb0,${mac('03')}`), // 03:00.0, up to 7 VFs: 03:10.0, 03:10.2, ...
    ...device('nvme-subsys,id=subsys0'),
    ...device(
      'nvme,bus=port4,id=nvmesr,serial=SRIOV0,subsys=subsys0,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,msix_qsize=5,max_ioqpairs=10',
    ), // 04:00.0, up to 4 VFs without a driver
    ...[...drive('nvme0', places), ...device('nvme-ns,drive=nvme0,bus=nvmesr,nsid=1')],
    ...[...drive('nvme1', places), ...device('nvme,bus=port5,id=nvme1,serial=PLAIN1,drive=nvme1')], // 05:00.0
    ...device(`virtio-net-pci,bus=port6,id=vnet,iommu_platform=on,disable-legacy=on,${mac('06')}`), // 06:00.0
    ...device('qemu-xhci,bus=port7,id=xhci0'), // 07:00.0
    ...[
      ...drive('usb', places),
      ...device('usb-storage,bus=xhci0.0,port=1,drive=usb,serial=STICK1,id=stick'),
    ],
    ...device('usb-tablet,bus=xhci0.0,port=2,serial=42,id=tab'),
    ...[...device('usb-kbd,bus=xhci0.0,port=3,id=kbd1'), ...device('usb-kbd,bus=xhci0.0,port=4,id=kbd2')],
    // A card of two functions without ACS: one group. It is the boot display.
    ...device('VGA,bus=port8,addr=0.0,multifunction=on,id=gpu,romfile='), // 08:00.0
    ...device('ich9-intel-hda,bus=port8,addr=0.1,id=gpuaudio'), // 08:00.1
    ...device('edu,bus=port9,id=edu0'), // 09:00.0
    // A conventional bridge: everything behind it is one group.
    ...device('pcie-pci-bridge,bus=port10,id=conventional'), // 0a:00.0
    ...device(`rtl8139,bus=conventional,addr=1,id=rtlA,${mac('0a')}`), // 0b:01.0
    ...device(`rtl8139,bus=conventional,addr=2,id=rtlB,${mac('0b')}`), // 0b:02.0
    ...device('edu,bus=conventional,addr=3,id=edu1'), // 0b:03.0
    ...device('ich9-intel-hda,bus=pcie.0,addr=0x1b,id=hda0'), // 00:1b.0
    ...device('edu,bus=pcie.0,addr=0x6.0,multifunction=on,id=edu2'), // 00:06.0
    ...device('edu,bus=pcie.0,addr=0x6.1,id=edu3'), // 00:06.1, one group with it
  ]
}
