import { type ExecFileSyncOptionsWithStringEncoding, execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCapacity } from '../../probes/capacity/capacity.ts'
import { probePci } from '../../probes/pci/probe.ts'
import { hostEvidence, hostUsage } from '../../probes/usage/usage.ts'
import { compareAddresses } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'
import { configSpace } from '../../src/simulator/config-space.ts'
import { countCpus } from '../../src/simulator/cpu-list.ts'
import { createSimulatedHost, listMachines } from '../../src/simulator/host.ts'
import { groupNumbers, layOut, type PlacedFunction } from '../../src/simulator/layout.ts'
import type { MachineDescription, PciFunction } from '../../src/simulator/machine.ts'
import { writeSysfsTree } from '../../src/simulator/tree.ts'
import { scratch, smallMachine } from './small-machine.ts'

const machines = listMachines().map((machine) => [machine.name, machine] as const)
const noLspci = spawnSync('lspci', ['--version']).error !== undefined

/** Without what lspci says of missing kernel modules. */
const QUIET: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }

async function written(machine: MachineDescription): Promise<string> {
  const dir = join(scratch(), machine.name)
  await createSimulatedHost(dir, machine.name)
  return dir
}

/** What the probe should say of a described function, names and identity apart. */
function expected(machine: MachineDescription, placed: readonly PlacedFunction[]) {
  const groups = groupNumbers(machine, placed)
  return placed
    .map(({ fn, virtual }) => {
      const [vendorId, deviceId] = fn.id.split(':')
      const [subsystemVendorId, subsystemDeviceId] = fn.subsystem?.split(':') ?? [null, null]
      const pfNic = machine.interfaces.find((nic) => nic.on === virtual?.pf)?.name
      return {
        address: fn.address,
        vendorId,
        deviceId,
        classId: fn.class.slice(0, 4),
        progIf: fn.class.slice(4),
        revision: fn.revision,
        subsystemVendorId,
        subsystemDeviceId,
        kind: virtual ? 'vf' : fn.sriov ? 'pf' : 'plain',
        parent: virtual?.pf ?? null,
        totalVfs: fn.sriov?.totalVfs ?? 0,
        numVfs: fn.sriov?.numVfs ?? 0,
        numaNode: fn.numaNode,
        iommuGroup: groups.get(fn.address) ?? null,
        driver: fn.bound ? fn.driver : null,
        bridge: fn.bridge !== null,
        networkInterfaces: virtual
          ? [`${pfNic}v${virtual.index}`]
          : machine.interfaces.filter((nic) => nic.on === fn.address).map((nic) => nic.name),
        resetMethods: fn.resetMethods,
        pcie: fn.pcie,
        msix: fn.msix && { ...fn.msix, overlap: false },
      }
    })
    .sort((a, b) => compareAddresses(a.address, b.address))
}

type Expected = ReturnType<typeof expected>[number]

function facts(device: Device): Omit<Expected, never> {
  const { vendorName: _v, deviceName: _d, className: _c, identity: _i, ...rest } = device
  const keys = Object.keys(expected(smallMachine, layOut(smallMachine))[0] ?? {})
  return Object.fromEntries(Object.entries(rest).filter(([key]) => keys.includes(key))) as Expected
}

describe.each(machines)('the tree of %s', (_name, machine) => {
  test('is read by the probe as it was described', async () => {
    const dir = await written(machine)
    const warnings: string[] = []
    const devices = probePci(join(dir, 'sys'), (warning) => warnings.push(warning))
    expect(devices.map(facts)).toEqual(expected(machine, layOut(machine)))
    expect(warnings).toEqual([])
  })

  test('has no link that leads nowhere', async () => {
    const dir = await written(machine)
    expect(execFileSync('find', [dir, '-xtype', 'l'], { encoding: 'utf8' })).toBe('')
  })

  test('gives every device an identity of its own', async () => {
    const devices = probePci(join(await written(machine), 'sys'), () => {})
    const identities = devices.map((device) => device.identity)
    expect(identities).not.toContain(null)
    expect(new Set(identities).size).toBe(devices.length)
  })

  test('tells cores, memory and NUMA nodes', async () => {
    const dir = await written(machine)
    expect(readCapacity(join(dir, 'sys'), join(dir, 'proc'))).toMatchObject({
      cpus: machine.nodes.reduce((sum, node) => sum + countCpus(node.cpuList), 0),
      memoryKiB: machine.nodes.reduce((sum, node) => sum + node.memoryKiB, 0),
      numaNodes: machine.nodes.map((node) => ({
        id: node.id,
        cpus: countCpus(node.cpuList),
        memoryKiB: node.memoryKiB,
      })),
    })
  })

  test.skipIf(noLspci)('is what lspci makes of it (skipped without lspci)', async () => {
    const dir = await written(machine)
    const options = ['-O', `sysfs.path=${join(dir, 'sys/bus/pci')}`, '-D', '-n', '-mm']
    const seen = execFileSync('lspci', options, QUIET).trim().split('\n')
    const told = expected(machine, layOut(machine)).map((device) => {
      const id = [device.classId, device.vendorId, device.deviceId].map((part) => `"${part}"`).join(' ')
      return `${device.address} ${id}`
    })
    expect(seen.map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual(told)
  })

  test.skipIf(noLspci)('has config spaces that lspci decodes (skipped without lspci)', () => {
    const physical = layOut(machine).filter(({ virtual }) => virtual === null)
    const file = join(scratch(), 'dump')
    writeFileSync(file, physical.map(hexDump).join('\n'))
    const text = execFileSync('lspci', ['-F', file, '-n', '-vvv'], QUIET)
    expect(text).not.toMatch(/unknown header|Chain looped/i)
    const blocks = new Map(text.split('\n\n').map((block) => [block.split(' ')[0], block] as const))
    for (const { fn } of physical) {
      const block = blocks.get(fn.address.slice(5))
      for (const part of decoded(fn)) expect(block).toContain(part)
    }
  })
})

/** As `lspci -xxxx` prints it. */
function hexDump({ fn, multifunction }: PlacedFunction): string {
  const bytes = configSpace(fn, { multifunction, virtual: false, numVfs: fn.sriov?.numVfs ?? 0 })
  const rows = Array.from({ length: bytes.length / 16 }, (_, row) => {
    const hex = [...bytes.subarray(16 * row, 16 * row + 16)].map((byte) => byte.toString(16).padStart(2, '0'))
    return `${(16 * row).toString(16).padStart(2, '0')}: ${hex.join(' ')}\n`
  })
  return `${fn.address.slice(5)} Device\n${rows.join('')}`
}

/** What `lspci -vvv` should print of a function. */
function decoded(fn: PciFunction): readonly string[] {
  const bridge = fn.bridge && `secondary=${fn.bridge.secondary.toString(16).padStart(2, '0')}`
  const table = fn.msix && `MSI-X: Enable+ Count=${fn.msix.vectors} Masked-`
  const place =
    fn.msix &&
    `Vector table: BAR=${fn.msix.tableBar} offset=${fn.msix.tableOffset.toString(16).padStart(8, '0')}`
  const vfs = fn.sriov && `Total VFs: ${fn.sriov.totalVfs}, Number of VFs: ${fn.sriov.numVfs}`
  const offset =
    fn.sriov &&
    `VF offset: ${fn.sriov.firstOffset}, stride: ${fn.sriov.stride}, Device ID: ${fn.sriov.vfDevice}`
  const serial = fn.serial && `Device Serial Number ${fn.serial}`
  const express = fn.pcie && 'Capabilities: [60] Express (v2)'
  const flr = fn.flr && 'FLReset+'
  const acs = fn.bridge && fn.pcie && fn.groupWith === null && fn.bridge.port !== 'pcie-to-pci'
  const all = [bridge, table, place, vfs, offset, serial, express, flr, acs && 'Access Control Services']
  return ['Power Management version 3', ...all.filter((part) => typeof part === 'string')]
}

describe('the story that the tree tells of what the host itself uses', () => {
  const using = async (name: string) => {
    const machine = listMachines().find((candidate) => candidate.name === name)
    if (!machine) throw new Error(`no machine ${name}`)
    const dir = await written(machine)
    const devices = probePci(join(dir, 'sys'), () => {})
    const usage = hostUsage(
      join(dir, 'sys'),
      devices,
      hostEvidence(join(dir, 'sys'), join(dir, 'proc'), () => []),
    )
    const bridges = new Set<string>(devices.filter((device) => device.bridge).map((device) => device.address))
    const endpoints = usage.filter((one) => !bridges.has(one.address) && one.reason !== 'chipset')
    return [...new Set(endpoints.map((one) => one.address))].sort()
  }

  test.each([
    ['sim-gpu-a100', ['0000:22:00.0', '0000:23:00.0', '0000:e1:00.0', '0000:e2:00.0', '0000:e4:00.0']],
    ['sim-gpu-render', ['0000:42:00.0', '0000:62:00.0', '0000:7e:00.3', '0000:e3:00.0']],
    ['sim-nic', ['0000:00:17.0', '0000:01:00.0', '0000:01:00.1', '0000:03:00.0']],
    [
      'sim-storage',
      ['0000:01:00.0', '0000:04:00.0', '0000:18:00.0', '0000:3d:00.0', '0000:5e:00.0', '0000:5e:00.1'],
    ],
  ])('%s: its disks, NICs and display, and nothing else', async (name, addresses) => {
    expect(await using(name)).toEqual(addresses)
  })
})

test('VFs stand beside their PF, below the same bridge, and each links to the other', async () => {
  const dir = join(scratch(), 'vfs')
  const functions = smallMachine.functions.map((fn) =>
    fn.sriov ? { ...fn, sriov: { ...fn.sriov, numVfs: 2 } } : fn,
  )
  await writeSysfsTree(dir, { ...smallMachine, functions })
  const folder = join(dir, 'sys/devices/pci0000:00/0000:00:1c.1')
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining(['0000:02:00.0', '0000:02:10.0', '0000:02:10.1']),
  )
  expect(readlinkSync(join(folder, '0000:02:10.1/physfn'))).toMatch(/0000:02:00\.0$/)
})

test('a folder that holds a tree already is left as it is', async () => {
  const dir = join(scratch(), 'twice')
  await writeSysfsTree(dir, smallMachine)
  await expect(writeSysfsTree(dir, smallMachine)).rejects.toMatchObject({ code: 'EEXIST' })
})
