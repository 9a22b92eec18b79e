/** A host's readiness as people and programs see it: the checks, why each matters, and the devices that could be given. */
import { type Address, compareAddresses } from '../model/address.ts'
import { arrangeDevices, isBridge, obstacle } from '../model/assignable.ts'
import { type Device, isChipset } from '../model/device.ts'
import { type CheckId, type Readiness, reportedReadiness } from '../model/readiness.ts'
import type { SnapshotDevice } from '../model/snapshot.ts'
import type { RunningDomain, Usage } from '../model/usage.ts'
import { deviceType } from './device.ts'
import { usageWords } from './device-state.ts'
import type { ReadinessDocument } from './documents.ts'
import { obstacleMessage } from './refusal.ts'

/** What is lost without it; for people, beside a check that is not ok. */
export const WHY_IT_MATTERS: Readonly<Record<CheckId, string>> = {
  'cpu.virtualization': 'without it guests are emulated, some fifty times slower',
  kvm: 'without it guests are emulated, some fifty times slower',
  'iommu.dma-remapping':
    'without it a device could write anywhere in the memory of the host, so none is given to a VM',
  'iommu.interrupt-remapping':
    "without it a guest's device could send the host any interrupt, so the kernel gives none away",
  'kernel.version': 'VFIO, through which devices are handed out, is part of the kernel',
  'kernel.config': 'VFIO, through which devices are handed out, is part of the kernel',
  'vfio.modules': 'vfio-pci is the driver that a device is on while a VM has it',
  qemu: 'it runs the VMs',
  libvirt: 'Berth starts and ends VMs through it',
  'libvirt.device-acl': "it lists what a VM's QEMU may open",
  'firmware.uefi': 'VMs with FIRMWARE = "UEFI" need it; others do not',
  'limits.memlock': "a device reaches all of its VM's memory, which must be locked for it",
}

export interface ReadinessInput {
  readonly host: string
  readonly readiness: Readiness
  readonly devices: readonly Device[] | null
  readonly usage: readonly Usage[]
  readonly domains: readonly RunningDomain[] | null
}

/** Bridges and the chipset's own functions are left out: nobody would give them away. */
export function readinessDocument(input: ReadinessInput): ReadinessDocument {
  const { host, readiness, devices } = input
  return {
    schema: 'berth.readiness/1',
    host,
    ...reportedReadiness(readiness),
    devices: devices === null ? null : deviceReadiness(input, devices),
  }
}

function deviceReadiness(
  input: ReadinessInput,
  devices: readonly Device[],
): NonNullable<ReadinessDocument['devices']> {
  const used = new Map<Address, Usage[]>()
  const use = (usage: Usage) => used.set(usage.address, [...(used.get(usage.address) ?? []), usage])
  input.usage.forEach(use)
  for (const { name, hostdevs } of input.domains ?? [])
    for (const address of hostdevs)
      use({ address, reason: 'domain', detail: `the running domain ${name} has it` })
  const placed = devices.map(
    (device): SnapshotDevice => ({ ...device, ...UNTOUCHED, inUseByHost: used.has(device.address) }),
  )
  const arranged = arrangeDevices(placed, false)
  return placed
    .map((device, index) => ({
      device,
      name: devices[index]?.deviceName ?? devices[index]?.className ?? null,
    }))
    .filter(({ device }) => !isBridge(device) && !isChipset(device.classId))
    .sort((a, b) => compareAddresses(a.device.address, b.device.address))
    .map(({ device, name }) => {
      const why = obstacle(arranged, device, null)
      const uses = used.get(device.address) ?? []
      const words = why === null ? null : obstacleMessage(why)
      return {
        address: device.address,
        type: deviceType(device),
        name,
        driver: device.driver,
        free: why === null,
        why: why?.code === 'in-use-by-host' && uses.length > 0 ? `${words}: ${usageWords(uses)}` : words,
      }
    })
}

/** What only a database knows: nothing is claimed, all is offered. */
const UNTOUCHED = { offered: true, claimedBy: null, health: 'ok', wantedVfs: null } as const
