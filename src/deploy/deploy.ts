/** Carries a deploy order out: five steps, each repeatable after a crash at any point, undone in reverse when one fails. */
import { domainName } from '../libvirt/domain-name.ts'
import { domainXml } from '../libvirt/domain-xml.ts'
import { BerthError, CommandFailed, Conflict } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import { CREATE, type DeployOrder, type JournalEntry } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { makeEnd, ownDomain } from './end-domain.ts'
import { eventOf } from './events.ts'
import { blamed } from './faults.ts'
import { bindUnmanaged, verifyDrivers, wrote } from './give.ts'
import { originalDrivers, rebooted, writeDownDrivers } from './original-drivers.ts'
import { type DeployPorts, waitFor } from './ports.ts'
import { assertPromiseHolds, isDomainOf } from './promise.ts'
import { failureWrittenDown, undo } from './undo.ts'
import { assertControllersFree, assertUsbInDomain, presentUsb, usbToWrite } from './usb-promise.ts'
import { assertPfsUp, verifyVfNetwork, writeDownVfNetwork } from './vf-network.ts'

/** Call it under the host's lock. Outcomes: `running`, `deploy-failed` (all undone), `release-failed` (not all came back). */
export async function deploy(order: DeployOrder, ports: DeployPorts): Promise<VmEvent> {
  const journal = await ports.journal.load(order)
  const failure = failureWrittenDown(journal)
  // Its own domain only: one that had the name before is somebody's.
  const takeOut = () => makeEnd(order, ports)
  if (failure !== null) return undo(order, failure, takeOut, ports)
  // Done in an earlier run whose event was lost. Should the guest have ended since, that is the next comparison's to tell.
  if (wrote(journal, 'verify', 'done')) return eventOf(order, { kind: 'running' })
  try {
    await carryThrough(order, journal, ports)
    return eventOf(order, { kind: 'running' })
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    const { code, message } = error
    return undo(order, { code, message, faults: blamed(order, error) }, takeOut, ports)
  }
}

async function carryThrough(
  order: DeployOrder,
  journal: readonly JournalEntry[],
  ports: DeployPorts,
): Promise<void> {
  const domain = await ports.hypervisor.find(domainName(order.vm))
  if (domain === null) await bringUp(order, journal, ports)
  else if (!isDomainOf(order, domain)) throw nameTaken(domain)
  // Once is enough: a guest that ends before it is verified must not be started again.
  if (!wrote(journal, CREATE, 'done'))
    await ports.journal.append(order, { step: CREATE, state: 'done', facts: {} })

  // Step 5: verify. The domain runs; from here on nothing of it is trusted but what libvirt and the kernel show.
  await verifyDomain(order, ports)
  await verifyDrivers(order, ports)
  await verifyVfNetwork(order, ports)
  await ports.journal.append(order, { step: 'verify', state: 'done', facts: {} })
}

async function bringUp(
  order: DeployOrder,
  journal: readonly JournalEntry[],
  ports: DeployPorts,
): Promise<void> {
  // Step 1: check. Nothing has been touched by this run; an earlier one may have bound mates, which the check allows.
  ports.onStep?.('checking that the promised devices are there and free')
  const firmware = ports.firmware.choose(order)
  const present = await ports.facts()
  assertSameBoot(order, journal, present.bootId)
  assertPromiseHolds(order, present)
  await assertPfsUp(order, ports)
  assertControllersFree(order, present)
  const usb = presentUsb(order, present)
  const xml = domainXml({ ...order, usb }, firmware)

  // Step 2: write the original drivers down. Every device is still where the host had it.
  const { drivers } = await writeDownDrivers(order, journal, present.bootId, ports)
  await writeDownVfNetwork(order, journal, ports)

  // Step 3: bind what libvirt does not. From here on a crash leaves devices away from their drivers; the journal knows which.
  await bindUnmanaged(order, drivers, ports)

  // Step 4: create the domain. Every group is free of host drivers, but for managed devices, which libvirt binds.
  if (wrote(journal, CREATE, 'done')) throw ended(order)
  const interrupted = wrote(journal, CREATE, 'begun')
  await ports.journal.append(order, { step: CREATE, state: 'begun', facts: usbToWrite(usb) })
  ports.onStep?.(`creating ${domainName(order.vm)}`)
  await createOrFind(order, xml, interrupted, ports)
}

/** libvirt goes on creating a domain after the virsh that asked for it was killed. */
const APPEAR_MS = 60_000

/** A create that fails because the domain is there, or is just being made by a virsh that was interrupted, has not failed. */
async function createOrFind(
  order: DeployOrder,
  xml: string,
  interrupted: boolean,
  ports: DeployPorts,
): Promise<void> {
  try {
    await ports.hypervisor.create(xml)
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    // No exit code: timed out, or ended by a signal, as Ctrl-C sends it to all processes of a terminal.
    const unanswered = error.facts.exitCode === null && error.code !== 'virsh-missing'
    const underWay = interrupted || unanswered
    const runs = async () => (await ownDomain(order, ports)) !== null
    if (!(await waitFor(ports.clock, underWay ? APPEAR_MS : 0, runs))) throw error
  }
}

async function verifyDomain(order: DeployOrder, ports: DeployPorts): Promise<void> {
  const domain = await ownDomain(order, ports)
  if (domain === null) throw ended(order)
  const has = [...domain.hostdevs].sort()
  const wanted = order.devices.filter((device) => device.role === 'passed').map((device) => device.address)
  wanted.sort()
  if (has.join() === wanted.join()) return assertUsbInDomain(domain, await ports.journal.load(order))
  throw new CommandFailed(
    'hostdevs-differ',
    `${domain.name} was to hold ${wanted.join(', ') || 'no device'} and holds ${has.join(', ') || 'none'}; see libvirt's log`,
    { domain: domain.name, wanted, has },
  )
}

/** What was written down in an earlier boot says nothing of this one: the kernel has bound its drivers anew since. */
function assertSameBoot(order: DeployOrder, journal: readonly JournalEntry[], bootId: string | null): void {
  const then = originalDrivers(order, journal)?.bootId ?? null
  if (!rebooted(then, bootId)) return
  throw new Conflict(
    'host-rebooted',
    `the host was rebooted while VM ${order.vm} was being deployed; it is planned anew`,
    { then, now: bootId },
  )
}

function nameTaken(domain: RunningDomain): Conflict {
  const mark = domain.berth
  const owner =
    mark === null ? 'not one of Berth' : `VM ${mark.vm}, epoch ${mark.epoch}, of database ${mark.cluster}`
  return new Conflict(
    'domain-name-taken',
    `a domain named ${domain.name} runs already (${owner}); look at it, and destroy it if nobody needs it`,
    { domain: domain.name, uuid: domain.uuid, mark },
  )
}

function ended(order: DeployOrder): CommandFailed {
  return new CommandFailed(
    'domain-ended',
    `${domainName(order.vm)} ended by itself before it was verified; see /var/log/libvirt/qemu/${domainName(order.vm)}.log`,
    { domain: domainName(order.vm) },
  )
}
