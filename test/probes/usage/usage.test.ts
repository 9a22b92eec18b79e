/** What the host itself uses, through every layer between a PCI device and a mount, an address or a guest. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { probePci } from '../../../probes/pci/probe.ts'
import { openFilesOf } from '../../../probes/usage/open-files.ts'
import { domainUsage, hostEvidence, hostUsage } from '../../../probes/usage/usage.ts'
import { parseAddress } from '../../../src/model/address.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'

let tree: Tree
let bridge: string
beforeEach(() => {
  tree = createTree()
  bridge = tree.pci('0000:00:01.0', { class: '0x060400\n' })
})
afterEach(() => tree.remove())

const usage = () =>
  hostUsage(
    tree.sysfs,
    probePci(tree.sysfs, () => {}),
    hostEvidence(
      tree.sysfs,
      tree.proc,
      openFilesOf(tree.proc, () => {}),
    ),
  ).map(({ address, reason, detail }) => `${address} ${reason}: ${detail}`)

/** A block device's folder, its class and number links. */
function block(
  name: string,
  dir: string,
  number: string,
  files: Readonly<Record<string, string>> = {},
): void {
  tree.write(`sys/${dir}/dev`, `${number}\n`)
  tree.write(`sys/class/block/${name}`, { link: `../../${dir}` })
  tree.write(`sys/dev/block/${number}`, { link: `../../${dir}` })
  for (const [file, text] of Object.entries(files)) tree.write(`sys/${dir}/${file}`, text)
}

const slave = (of: string, name: string) =>
  tree.write(`sys/${of}/slaves/${name}`, { link: `/nowhere/${name}` })
const mounts = (...lines: string[]) => tree.write('proc/self/mountinfo', `${lines.join('\n')}\n`)
const nvme = () => {
  const dir = tree.pci('0000:01:00.0', { class: '0x010802\n' }, bridge)
  block('nvme0n1', `${dir}/nvme/nvme0/nvme0n1`, '259:0')
  block('nvme0n1p1', `${dir}/nvme/nvme0/nvme0n1/nvme0n1p1`, '259:1', { partition: '1\n' })
}

describe('disks', () => {
  test('a mounted partition; the bridge above it does not count', () => {
    nvme()
    mounts('22 1 259:1 / /srv/my\\040data rw - ext4 /dev/nvme0n1p1 rw', '23 1 0:21 / /proc rw - proc proc rw')
    expect(usage()).toEqual(['0000:01:00.0 mount: nvme0n1p1 is mounted at /srv/my data'])
  })

  test('a disk that nothing uses is free', () => {
    nvme()
    mounts('23 1 0:21 / /proc rw - proc proc rw')
    expect(usage()).toEqual([])
  })

  /** A process with one open file; flags as the kernel prints them. */
  const runs = (pid: number, name: string, file: string, flags: string) => {
    tree.write(`proc/${pid}/comm`, `${name}\n`)
    tree.write(`proc/${pid}/fd/7`, { link: file })
    tree.write(`proc/${pid}/fdinfo/7`, `pos:\t0\nflags:\t${flags}\nmnt_id:\t5\n`)
  }

  test('a disk or a partition that a process writes to: a VM has it, or a storage daemon', () => {
    nvme()
    tree.write('proc/self/mountinfo', '')
    runs(812, 'qemu-system-x86', '/dev/nvme0n1', '02100002')
    expect(usage()).toEqual(['0000:01:00.0 open: nvme0n1 is open by process 812 (qemu-system-x86)'])
    runs(813, 'ceph-osd', '/dev/nvme0n1p1', '0100001')
    expect(usage()).toEqual([
      '0000:01:00.0 open: nvme0n1 is open by process 812 (qemu-system-x86), nvme0n1p1 is open by process 813 (ceph-osd)',
    ])
  })

  test('one that is only read, as by udev and multipathd, is free', () => {
    nvme()
    tree.write('proc/self/mountinfo', '')
    runs(300, 'multipathd', '/dev/nvme0n1', '0100000')
    expect(usage()).toEqual([])
  })

  test('where all disks are known to be in use no process is looked at', () => {
    nvme()
    mounts('22 1 259:1 / /data rw - ext4 /dev/nvme0n1p1 rw')
    tree.write('proc/812/fd', 'no folder')
    expect(usage()).toEqual(['0000:01:00.0 mount: nvme0n1p1 is mounted at /data'])
  })

  test('swap on LVM on dm-crypt on a partition of md on two disks', () => {
    nvme()
    const sas = tree.pci('0000:02:00.0', { class: '0x010700\n' }, bridge)
    block('sda', `${sas}/host0/target0:0:0/0:0:0:0/block/sda`, '8:0')
    block('md0', 'devices/virtual/block/md0', '9:0')
    slave('devices/virtual/block/md0', 'sda')
    slave('devices/virtual/block/md0', 'nvme0n1p1')
    block('md0p1', 'devices/virtual/block/md0/md0p1', '259:9', { partition: '1\n' })
    block('dm-0', 'devices/virtual/block/dm-0', '253:0', { 'dm/name': 'crypt\n' })
    slave('devices/virtual/block/dm-0', 'md0p1')
    block('dm-1', 'devices/virtual/block/dm-1', '253:1', { 'dm/name': 'vg--a-swap\n' })
    slave('devices/virtual/block/dm-1', 'dm-0')
    tree.write(
      'proc/swaps',
      'Filename Type Size Used Priority\n/dev/dm-1  partition 1 0 -2\n/swapfile file 1 0 -3\n',
    )
    expect(usage()).toEqual(['0000:01:00.0 swap: dm-1 is swap', '0000:02:00.0 swap: dm-1 is swap'])
  })

  test('all devices of a btrfs, which has no number of its own', () => {
    nvme()
    const sas = tree.pci('0000:02:00.0', { class: '0x010700\n' }, bridge)
    block('sda', `${sas}/host0/target0:0:0/0:0:0:0/block/sda`, '8:0')
    tree.write('sys/fs/btrfs/0a1b/devices/nvme0n1p1', { link: '/nowhere' })
    tree.write('sys/fs/btrfs/0a1b/devices/sda', { link: '/nowhere' })
    mounts('22 1 0:44 /@ / rw - btrfs /dev/nvme0n1p1 rw,subvol=/@')
    expect(usage().map((line) => line.split(' ')[0])).toEqual(['0000:01:00.0', '0000:02:00.0'])
  })

  test('where a ZFS pool is imported any disk may belong to it', () => {
    nvme()
    mounts('22 1 0:44 / /tank rw - zfs tank/home rw')
    expect(usage()).toEqual(['0000:01:00.0 mount: ZFS pool tank: any disk may belong to it'])
  })

  test('an NVMe disk with several paths hangs on all of its controllers', () => {
    const dir = tree.pci('0000:01:00.0', { class: '0x010802\n' }, bridge)
    tree.write(`sys/${dir}/nvme/nvme3/model`, 'x\n')
    block('nvme3n1', 'devices/virtual/nvme-subsystem/nvme-subsys3/nvme3n1', '259:0')
    tree.write('sys/devices/virtual/nvme-subsystem/nvme-subsys3/nvme3', {
      link: `../../../../${dir}/nvme/nvme3`,
    })
    mounts('22 1 259:0 / / rw - ext4 /dev/nvme3n1 rw')
    expect(usage()).toEqual(['0000:01:00.0 mount: nvme3n1 is mounted at /'])
  })

  test('a mounted USB stick makes its controller used', () => {
    const dir = tree.pci('0000:07:00.0', { class: '0x0c0330\n' }, bridge)
    block('sdb', `${dir}/usb2/2-1/2-1:1.0/host7/target7:0:0/7:0:0:0/block/sdb`, '8:16')
    mounts('22 1 8:16 / /mnt rw - vfat /dev/sdb rw')
    expect(usage()).toEqual(['0000:07:00.0 controller: sdb is mounted at /mnt'])
  })

  test('a disk below a VMD uses the VMD too', () => {
    const vmd = tree.pci('0000:00:0e.0', { class: '0x010400\n' })
    const port = tree.pci('10000:e0:06.0', { class: '0x060400\n' }, `${vmd}/pci10000:e0`)
    const dir = tree.pci('10000:e1:00.0', { class: '0x010802\n' }, port)
    block('nvme0n1', `${dir}/nvme/nvme0/nvme0n1`, '259:0')
    mounts('22 1 259:0 / / rw - ext4 /dev/nvme0n1 rw')
    expect(usage()).toEqual([
      '0000:00:0e.0 controller: nvme0n1 is mounted at /',
      '10000:e1:00.0 mount: nvme0n1 is mounted at /',
    ])
  })
})

describe('network interfaces', () => {
  const HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n'
  const nic = (name = 'ens1', below = 'net') => {
    const dir = tree.pci('0000:02:00.0', {}, bridge)
    tree.write(`sys/${dir}/${below}/${name}/flags`, '0x1003\n')
    tree.write(`sys/class/net/${name}`, { link: `../../${dir}/${below}/${name}` })
    return `sys/${dir}/${below}/${name}`
  }
  const virtual = (name: string, ...entries: string[]) => {
    for (const entry of ['flags', ...entries]) tree.write(`sys/devices/virtual/net/${name}/${entry}`, 'x\n')
    tree.write(`sys/class/net/${name}`, { link: `../../devices/virtual/net/${name}` })
  }
  const upper = (dir: string, name: string) =>
    tree.write(`${dir}/upper_${name}`, { link: `/nowhere/${name}` })
  const route = (name: string) =>
    tree.write('proc/net/route', `${HEAD}${name}\t0000140A\t00000000\t0001\t0\t0\t0\t0000FFFF\n`)

  test('an IPv4 address, found through the route that it lies on, and the route itself', () => {
    nic()
    route('ens1')
    tree.write(
      'proc/net/fib_trie',
      'Local:\n     |-- 10.20.0.11\n        /32 host LOCAL\n     |-- 10.20.255.255\n        /32 link BROADCAST\n',
    )
    expect(usage()).toEqual([
      '0000:02:00.0 address: ens1: has address 10.20.0.11',
      '0000:02:00.0 route: ens1: has the route to 10.20.0.0/16',
    ])
  })

  test.each([
    ['fd000000000000000000000000000002', ['0000:02:00.0 address: ens1: has address fd00::2']],
    ['20010db8000000000000000000000001', ['0000:02:00.0 address: ens1: has address 2001:db8::1']],
    ['fe8000000000000000fc00fffe000001', []],
  ])('the IPv6 address %s', (address, expected) => {
    nic()
    tree.write('proc/net/if_inet6', `${address} 04 40 00 82     ens1\n`)
    tree.write(
      'proc/net/ipv6_route',
      `fe800000000000000000000000000000 40 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001     ens1\nff000000000000000000000000000000 08 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001     ens1\n`,
    )
    expect(usage()).toEqual(expected)
  })

  test('an interface that is up and has nothing is free', () => {
    nic()
    tree.write('proc/net/route', HEAD)
    expect(usage()).toEqual([])
  })

  test('the interface of a virtio child counts for the PCI device', () => {
    nic('eth0', 'virtio2/net')
    route('eth0')
    expect(usage()).toEqual(['0000:02:00.0 route: eth0: has the route to 10.20.0.0/16'])
  })

  test('a port of a bridge, with or without an address on the bridge', () => {
    const dir = nic()
    virtual('br0', 'bridge/bridge_id')
    tree.write(`${dir}/master`, { link: '../../../../virtual/net/br0' })
    tree.write(`${dir}/brport/state`, '3\n')
    upper(dir, 'br0')
    expect(usage()).toEqual(['0000:02:00.0 bridge: ens1: is a port of br0'])
  })

  test('a member of a bond that has the address', () => {
    const dir = nic()
    virtual('bond0', 'bonding/slaves')
    tree.write(`${dir}/master`, { link: '../../../../virtual/net/bond0' })
    tree.write(`${dir}/bonding_slave/state`, 'active\n')
    upper(dir, 'bond0')
    route('bond0')
    expect(usage()).toEqual([
      '0000:02:00.0 bond: ens1: belongs to bond bond0',
      '0000:02:00.0 route: ens1, below bond0: has the route to 10.20.0.0/16',
    ])
  })

  test('a VLAN with an address', () => {
    upper(nic(), 'ens1.7')
    virtual('ens1.7')
    route('ens1.7')
    expect(usage()).toEqual(['0000:02:00.0 route: ens1, below ens1.7: has the route to 10.20.0.0/16'])
  })

  test('a macvtap that serves a guest', () => {
    upper(nic(), 'macvtap0')
    virtual('macvtap0', 'tap5/dev')
    expect(usage()).toEqual(['0000:02:00.0 bridge: ens1, below macvtap0: serves a virtual machine'])
  })

  test("a VF's use is its PF's too", () => {
    tree.pci('0000:03:00.0', { sriov_totalvfs: '2\n', sriov_numvfs: '1\n' }, bridge)
    const dir = tree.pci('0000:03:10.0', { physfn: { link: '../0000:03:00.0' } }, bridge)
    tree.write(`sys/${dir}/net/ens3v0/flags`, '0x1003\n')
    tree.write('sys/class/net/ens3v0', { link: `../../${dir}/net/ens3v0` })
    route('ens3v0')
    expect(usage().map((line) => line.split(':').slice(0, 3).join(':'))).toEqual([
      '0000:03:00.0 controller',
      '0000:03:10.0 route',
    ])
  })
})

describe('the board', () => {
  test('the boot display, unless it is bound to vfio-pci', () => {
    const display = { class: '0x030000\n', boot_vga: '1\n' }
    tree.pci('0000:08:00.0', { ...display, driver: { link: '/drivers/nouveau' } })
    tree.pci('0000:09:00.0', { ...display, driver: { link: '/drivers/vfio-pci' } })
    tree.pci('0000:0a:00.0', { ...display, boot_vga: '0\n' })
    expect(usage()).toEqual(['0000:08:00.0 display: the display that the firmware booted on'])
  })

  test('host and ISA bridges with a driver', () => {
    tree.pci('0000:00:1f.0', { class: '0x060100\n', driver: { link: '/drivers/lpc_ich' } })
    tree.pci('0000:00:00.0', { class: '0x060000\n' })
    expect(usage()).toEqual(['0000:00:1f.0 chipset: part of the board, driven by lpc_ich'])
  })
})

test('hostdevs of running domains', () => {
  const address = parseAddress('0000:01:00.0')
  if (address === null) throw new Error('no address')
  const domain = { name: 'guest', uuid: 'u', state: 'running', hostdevs: [address], berth: null }
  expect(domainUsage([domain])).toEqual([{ address, reason: 'domain', detail: 'domain guest' }])
})
