/** What /proc of a described machine says, for the probes of usage and capacity: pure text (proc(5)). */
import { blockNumbers } from './block-numbers.ts'
import { countCpus } from './cpu-list.ts'
import type { MachineDescription, NetworkInterface } from './machine.ts'

/** File texts by path relative to proc. `bootId` is a UUID. */
export function procFiles(machine: MachineDescription, bootId: string): ReadonlyMap<string, string> {
  const mounts = mountInfo(machine)
  return new Map([
    ['self/mountinfo', mounts],
    ['1/mountinfo', mounts],
    ['mounts', mountTable(machine)],
    ['self/mounts', mountTable(machine)],
    ['swaps', swapTable(machine)],
    ['net/route', routeTable(machine)],
    ['net/if_inet6', inet6Table()],
    ['net/ipv6_route', ''],
    ['net/fib_trie', fibTrie(machine)],
    ['cpuinfo', cpuInfo(machine)],
    ['meminfo', memInfo(machine)],
    [
      'cmdline',
      `BOOT_IMAGE=/vmlinuz-${machine.kernel} root=/dev/${machine.mounts[0]?.source ?? 'ram0'} iommu=pt\n`,
    ],
    ['version', `Linux version ${machine.kernel} (simulated by Berth)\n`],
    ['sys/kernel/random/boot_id', `${bootId}\n`],
    ['sys/kernel/hostname', `${machine.name}\n`],
    ['sys/kernel/osrelease', `${machine.kernel}\n`],
    ['sys/kernel/ostype', 'Linux\n'],
    ['sys/kernel/arch', 'x86_64\n'],
  ])
}

/** `/dev/nvme0n1p2`, `/dev/mapper/vg0-root`, `/dev/md0`. */
function deviceFile(machine: MachineDescription, name: string): string {
  const mapped = machine.blocks.find((block) => block.name === name)?.dm
  return mapped ? `/dev/mapper/${mapped.name}` : `/dev/${name}`
}

function mountInfo(machine: MachineDescription): string {
  const disks = machine.mounts.map(({ source, target, type }, index) => {
    const number = blockNumbers(machine).get(source) ?? '0:0'
    const parent = index === 0 ? 1 : 22
    return `${22 + index} ${parent} ${number} / ${target} rw,relatime shared:${index + 1} - ${type} ${deviceFile(machine, source)} rw`
  })
  const kernel = [
    '90 22 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:90 - sysfs sysfs rw',
    '91 22 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:91 - proc proc rw',
    '92 22 0:5 / /dev rw,nosuid,relatime shared:92 - devtmpfs udev rw,mode=755',
    '93 22 0:24 / /run rw,nosuid,nodev,noexec,relatime shared:93 - tmpfs tmpfs rw,mode=755',
  ]
  return `${[...disks, ...kernel].join('\n')}\n`
}

function mountTable(machine: MachineDescription): string {
  const disks = machine.mounts.map(
    ({ source, target, type }) => `${deviceFile(machine, source)} ${target} ${type} rw,relatime 0 0`,
  )
  return `${[...disks, 'sysfs /sys sysfs rw 0 0', 'proc /proc proc rw 0 0', 'tmpfs /run tmpfs rw 0 0'].join('\n')}\n`
}

/** swapon shows device mapper volumes as /dev/dm-N. */
function swapTable(machine: MachineDescription): string {
  const rows = machine.swaps.map(
    (name, index) => `/dev/${name}                          partition\t8388604\t\t0\t\t-${index + 2}`,
  )
  return `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${rows.map((row) => `${row}\n`).join('')}`
}

const octets = (ipv4: string): readonly number[] => ipv4.split('/')[0]?.split('.').map(Number) ?? []

/** In the kernel's little-endian hexadecimal: 10.20.0.1 is 0100140A. */
function routeHex(bytes: readonly number[]): string {
  return [...bytes]
    .reverse()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('')
}

function network(ipv4: string): { readonly base: readonly number[]; readonly mask: readonly number[] } {
  const bits = Number(ipv4.split('/')[1] ?? 32)
  const mask = [0, 8, 16, 24].map((at) => 256 - 2 ** (8 - Math.min(8, Math.max(0, bits - at))))
  return { base: octets(ipv4).map((byte, index) => byte & (mask[index] ?? 0)), mask }
}

const addressed = (machine: MachineDescription): readonly (NetworkInterface & { ipv4: string })[] =>
  machine.interfaces.flatMap((nic) => (nic.ipv4 === null ? [] : [{ ...nic, ipv4: nic.ipv4 }]))

function routeTable(machine: MachineDescription): string {
  const row = (name: string, to: string, via: string, flags: string, mask: string) =>
    `${[name, to, via, flags, '0', '0', '0', mask, '0', '0', '0'].join('\t')}\n`
  const routes = addressed(machine).flatMap((nic) => {
    const { base, mask } = network(nic.ipv4)
    const direct = row(nic.name, routeHex(base), '00000000', '0001', routeHex(mask))
    if (nic.gateway === null) return [direct]
    return [row(nic.name, '00000000', routeHex(octets(nic.gateway)), '0003', '00000000'), direct]
  })
  return `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n${routes.join('')}`
}

/** Loopback only: these hosts have IPv6 switched off on their interfaces. */
function inet6Table(): string {
  return '00000000000000000000000000000001 01 80 10 80       lo\n'
}

/** The table `local` as the kernel draws it, one leaf per own address. */
function fibTrie(machine: MachineDescription): string {
  const own = ['127.0.0.1', ...addressed(machine).map((nic) => octets(nic.ipv4).join('.'))]
  const leaves = own.map((address) => `     |-- ${address}\n        /32 host LOCAL\n`)
  return `Main:\n  +-- 0.0.0.0/0 3 0 5\nLocal:\n  +-- 0.0.0.0/0 2 0 2\n${leaves.join('')}`
}

const VIRTUALIZATION_FLAG = { AuthenticAMD: 'svm', GenuineIntel: 'vmx' } as const

function cpuInfo(machine: MachineDescription): string {
  const cpus = machine.nodes.reduce((sum, node) => sum + countCpus(node.cpuList), 0)
  const flags = `fpu sse2 avx2 ${VIRTUALIZATION_FLAG[machine.cpuVendor]}`
  const block = (cpu: number) =>
    `processor\t: ${cpu}\nvendor_id\t: ${machine.cpuVendor}\nmodel name\t: ${machine.cpuModel}\nflags\t\t: ${flags}\n\n`
  return Array.from({ length: cpus }, (_, cpu) => block(cpu)).join('')
}

function memInfo(machine: MachineDescription): string {
  const total = machine.nodes.reduce((sum, node) => sum + node.memoryKiB, 0)
  const line = (name: string, value: number) => `${`${name}:`.padEnd(15)} ${String(value).padStart(9)} kB\n`
  return [
    line('MemTotal', total),
    line('MemFree', Math.floor(total * 0.9)),
    line('MemAvailable', Math.floor(total * 0.92)),
    line('SwapTotal', machine.swaps.length * 8_388_604),
  ].join('')
}
