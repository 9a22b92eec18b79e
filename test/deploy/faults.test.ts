/** Whom a failed deploy is to blame on: devices that could not be attached, and nobody for the VM's or the host's own reasons. */
import { expect, test } from 'vitest'
import { carryOut } from '../../src/deploy/carry-out.ts'
import { blamed, faultsIn } from '../../src/deploy/faults.ts'
import { CommandFailed, Conflict } from '../../src/model/errors.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { type MemoryHost, memoryHypervisor } from '../support/memory-host.ts'
import { AUDIO, DEPLOY, GPU, NIC, portsOf, run, world } from './world.ts'

const guilty = (event: HostEvent) =>
  event.kind === 'deploy-failed' ? (event.faults ?? []).map(({ address }) => address) : null

async function failedCreate(host: MemoryHost, error: CommandFailed): Promise<HostEvent> {
  const ports = portsOf(host)
  const create = async () => {
    throw error
  }
  return carryOut(DEPLOY, { ...ports, hypervisor: { ...ports.hypervisor, create } })
}

test('a mate that does not bind is to blame, and told again when the event was lost', async () => {
  const host = world()
  host.broken.add(`${AUDIO} bind vfio-pci`)
  const event = await run(host, DEPLOY)
  expect(event).toMatchObject({ faults: [{ address: AUDIO, code: 'driver-not-bound' }] })
  expect(await run(host, DEPLOY)).toEqual(event)
})

test('a device whose driver never lets go is to blame, and the time-out is told', async () => {
  const host = world()
  const ports = portsOf(host)
  const write = async (path: string, text: string) => {
    if (path.endsWith(`${AUDIO}/driver/unbind`))
      throw new CommandFailed('sysfs-write-timeout', 'no answer', {})
    return ports.sysfs.write(path, text)
  }
  expect(await carryOut(DEPLOY, { ...ports, sysfs: { ...ports.sysfs, write } })).toMatchObject({
    ...{ kind: 'deploy-failed', faults: [{ address: AUDIO, code: 'driver-unbind-timeout' }] },
  })
})

test('a device that the domain was to hold and does not is to blame; one that it holds besides is not', async () => {
  const host = world()
  const ports = portsOf(host)
  const create = async (xml: string) => {
    await memoryHypervisor(host).create(xml)
    for (const [uuid, domain] of host.domains) host.domains.set(uuid, { ...domain, hostdevs: [NIC, AUDIO] })
  }
  const event = await carryOut(DEPLOY, { ...ports, hypervisor: { ...ports.hypervisor, create } })
  expect([event, guilty(event)]).toMatchObject([{ code: 'hostdevs-differ' }, [GPU]])
})

test('a device that libvirt cannot use is to blame', async () => {
  const error = new CommandFailed('device-failed', 'Unknown PCI header type', { address: GPU })
  expect(guilty(await failedCreate(world(), error))).toEqual([GPU])
})

test.each([
  ['libvirt does not know the words', new CommandFailed('virsh-failed', `no ${GPU} in disk.img`, {})],
  [
    'a device that is not of this order is named',
    new CommandFailed('device-failed', 'x', { address: '0000:77:00.0' }),
  ],
  ['another domain holds it', new CommandFailed('device-in-domain', `${GPU} is in use`, { address: GPU })],
])('nobody is to blame where %s', async (_, error) => {
  expect(guilty(await failedCreate(world(), error))).toEqual([])
})

test.each([
  new Conflict('device-changed', 'x', { address: GPU }),
  new Conflict('in-use-by-host', 'x', { address: GPU }),
  new CommandFailed('domain-ended', 'x', { domain: 'berth-7' }),
  new CommandFailed('hostdevs-differ', 'x', { wanted: 'a', has: null }),
])('$code blames nobody', (error) => {
  expect(blamed(DEPLOY, error)).toEqual([])
})

const fault = { address: GPU, code: 'driver-not-bound', message: 'm' }

test.each<[string, unknown, unknown]>([
  ['what was written', JSON.parse(JSON.stringify([fault])), [fault]],
  ['nothing, as older programs wrote it', undefined, []],
  ['something else', 'no list', []],
  ['a list of other things', [null, 7, {}, { ...fault, address: 'nowhere' }], []],
])('faults are read back from a journal: %s', (_, value, faults) => {
  expect(faultsIn(value)).toEqual(faults)
})
