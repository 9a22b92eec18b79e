/** Resets that an order's journal tells -> lines in the histories of the devices. */

import { writeDeviceHistory } from '../database/device-history.ts'
import { listIdentities } from '../database/devices.ts'
import { listJournal } from '../database/journal.ts'
import type { Tx } from '../database/tables.ts'
import { parseAddress } from '../model/address.ts'
import { RESET } from '../model/order.ts'

interface Ended {
  readonly order: number
  readonly host: number
  readonly vm: number
}

/** Call it before the claims go, so that a history reads in the order of what happened. */
export async function rememberResets(q: Tx, { order, host, vm }: Ended, now: number): Promise<void> {
  const entries = (await listJournal(q, order)).filter(({ step }) => step === RESET)
  const addresses = entries.flatMap(({ facts }) => parseAddress(String(facts.address)) ?? [])
  if (addresses.length === 0) return
  const identities = await listIdentities(q, host, addresses)
  const lines = addresses.map((address) => {
    const identity = identities.get(address) ?? null
    return { host, address, identity, event: 'reset' as const, vm, what: `reset after VM ${vm}` }
  })
  await writeDeviceHistory(q, lines, now)
}
