/** Which driver each device came from: written down once, before the first one is unbound, and read back for its return. */
import type { Address } from '../model/address.ts'
import { type JournalEntry, ORIGINAL_DRIVERS, type Order } from '../model/order.ts'
import { currentDriver } from '../vfio/driver.ts'
import type { DeployPorts } from './ports.ts'

export interface OriginalDrivers {
  /** The boot in which they were read: a later boot binds drivers afresh. */
  readonly bootId: string | null
  /** Null = it had none; `vfio-pci` = somebody else had put it there. Both are answers. */
  readonly drivers: ReadonlyMap<Address, string | null>
}

/**
 * What was written down first of each device; null = nothing was, so nothing has been unbound. One boot's word: a domain that
 * more devices were given to has not outlived another.
 */
export function originalDrivers(
  order: Pick<Order, 'devices'>,
  journal: readonly JournalEntry[],
): OriginalDrivers | null {
  const entries = journal.filter((entry) => entry.step === ORIGINAL_DRIVERS)
  const [first] = entries
  if (first === undefined) return null
  const byAddress = new Map<string, unknown>()
  for (const { facts } of entries)
    for (const [address, driver] of Object.entries(facts.drivers ?? {}))
      if (!byAddress.has(address)) byAddress.set(address, driver)
  const drivers = new Map(
    order.devices.flatMap(({ address }): [Address, string | null][] => {
      const driver = byAddress.get(address)
      return driver === null || typeof driver === 'string' ? [[address, driver]] : []
    }),
  )
  const { bootId } = first.facts
  return { bootId: typeof bootId === 'string' ? bootId : null, drivers }
}

/** Writes the present drivers of all devices of the order down, passed and held, unless that has been done; gives what stands there. */
export async function writeDownDrivers(
  order: Order,
  journal: readonly JournalEntry[],
  bootId: string | null,
  ports: DeployPorts,
): Promise<OriginalDrivers> {
  const written = originalDrivers(order, journal)
  if (written !== null) return written
  const drivers = await Promise.all(
    order.devices.map(async ({ address }) => [address, await currentDriver(ports.sysfs, address)] as const),
  )
  await ports.journal.append(order, {
    step: ORIGINAL_DRIVERS,
    state: 'done',
    facts: { bootId, drivers: Object.fromEntries(drivers) },
  })
  return { bootId, drivers: new Map(drivers) }
}

/** Whether the two are known to be different boots. */
export function rebooted(then: string | null, now: string | null): boolean {
  return then !== null && now !== null && then !== now
}
