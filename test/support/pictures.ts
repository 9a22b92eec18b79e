/** The scheduler's picture of all hosts, in an order of its own: read whole, and read with what earlier readings kept. */
import type { Database } from '../../src/database/open.ts'
import type { KeptHosts } from '../../src/inventory/kept-hosts.ts'
import { type HostsPicture, readHosts } from '../../src/inventory/snapshot-hosts.ts'
import { recordedState } from '../../src/model/host.ts'

export async function hostsAsRead(db: Database): Promise<HostsPicture> {
  return sorted(await db.read((q) => readHosts(q, { stateOf: recordedState })))
}

export async function hostsAsKept(db: Database, kept: KeptHosts): Promise<HostsPicture> {
  return sorted(await db.read((q) => readHosts(q, { stateOf: recordedState, kept })))
}

function sorted({ hosts, generations }: HostsPicture): HostsPicture {
  const by = <T>(keyOf: (one: T) => string) => {
    return (a: T, b: T): number => keyOf(a).localeCompare(keyOf(b))
  }
  return {
    hosts: hosts.map(({ devices, usb, ...host }) => ({
      ...host,
      devices: [...devices].sort(by(({ address }) => address)),
      ...(usb && { usb: [...usb].sort(by(({ key }) => key)) }),
    })),
    generations,
  }
}
