/** A program that carries one order out on a simulated host through the fake virsh, and kills itself (SIGKILL) where it is told. */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { carryOut } from '../../src/deploy/carry-out.ts'
import type { DeployPorts, Journal } from '../../src/deploy/ports.ts'
import { hostFirmware } from '../../src/libvirt/host-firmware.ts'
import { libvirtHypervisor } from '../../src/libvirt/hypervisor.ts'
import { createVirsh } from '../../src/libvirt/virsh.ts'
import type { JournalEntry, VmOrder } from '../../src/model/order.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import { currentDriver } from '../../src/vfio/driver.ts'
import { groupOf } from '../../src/vfio/group.ts'
import { reported } from './orders.ts'

/** `call`: `append undo begun`, `create`, `write 0000:00:08.1 driver/unbind`, ...; `during` = while another process does it. */
export interface KillPoint {
  readonly call: string
  readonly when: 'before' | 'during' | 'after'
}

export interface RunnerInput {
  readonly dir: string
  readonly virsh: string
  readonly order: VmOrder
  readonly kill: KillPoint | null
}

const { dir, virsh, order, kill }: RunnerInput = JSON.parse(process.argv[2] ?? '')

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

async function killable<T>(call: string, work: () => Promise<T>): Promise<T> {
  const here = kill?.call === call ? kill.when : null
  if (here === 'before') die()
  const working = work()
  if (here === 'during') setTimeout(die, 400)
  const result = await working
  if (here === 'after') die()
  return result
}

const journalFile = (id: number) => join(dir, `journal-${id}.jsonl`)

function load(id: number): readonly JournalEntry[] {
  if (!existsSync(journalFile(id))) return []
  const lines = readFileSync(journalFile(id), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

const journal: Journal = {
  load: async ({ id }) => load(id),
  loadGiving: async () => load(1),
  append: ({ id }, entry) =>
    killable(`append ${entry.step} ${entry.state}`, async () => {
      const file = openSync(journalFile(id), 'a')
      appendFileSync(file, `${JSON.stringify(entry)}\n`)
      fsyncSync(file)
      closeSync(file)
    }),
}

const sysfs = simulatedSysfs(join(dir, 'sys'))
const hypervisor = libvirtHypervisor(createVirsh({ uri: 'qemu:///system', binary: virsh }))

const ports: DeployPorts = {
  hypervisor: {
    ...hypervisor,
    create: (xml) => killable('create', () => hypervisor.create(xml)),
    shutdown: (uuid) => killable('shutdown', () => hypervisor.shutdown(uuid)),
    destroy: (uuid) => killable('destroy', () => hypervisor.destroy(uuid)),
  },
  sysfs: {
    ...sysfs,
    write: (path, text, options) => {
      const [, address, file] = /devices\/([^/]+)\/(.*)$/.exec(path) ?? [null, text, 'probe']
      return killable(`write ${address} ${file} ${text.trim()}`, () => sysfs.write(path, text, options))
    },
  },
  firmware: hostFirmware({ root: dir, architecture: 'x86_64', nvramFolder: '/nvram' }),
  journal,
  facts: async () => ({
    bootId: 'boot-1',
    devices: await Promise.all(
      order.devices.map(async (device) => ({
        ...reported(device),
        driver: await currentDriver(sysfs, device.address),
        iommuGroup: await groupOf(sysfs, device.address),
      })),
    ),
    usage: [],
    domains: await hypervisor.list(),
  }),
  lock: (work) => work(),
  clock: { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  loadModule: async () => {},
}

process.stdout.write(JSON.stringify(await carryOut(order, ports)))
