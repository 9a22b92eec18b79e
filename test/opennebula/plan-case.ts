/** Cases of a plan: VMs, hosts and a configuration in, placements and messages out. */
import { planPools } from '../../src/opennebula/placement/plan.ts'
import { readPolicy } from '../../src/opennebula/policy.ts'
import { readAction } from '../../src/opennebula/xml/action.ts'
import { type ActionShape, action, type HostShape, host, type VmShape, vm } from './build.ts'

export const A100 = '10de:20b0:0302'
export const V100 = '10de:1db4:0302'
export const NIC = '15b3:101e:0200'
export const GPU = { CLASS: '0302' }

/** Any number of VMs for one host, unless a test says otherwise. */
export const NO_LIMIT = 'MAX_HOST = 0'

export interface Case {
  readonly vms: readonly VmShape[]
  readonly hosts: readonly HostShape[]
  readonly conf?: string
  readonly more?: Partial<ActionShape>
  /** Hosts that each VM may use; all of them unless told. */
  readonly allowed?: Readonly<Record<number, readonly number[]>>
}

export function planned({ vms, hosts, conf = NO_LIMIT, more = {}, allowed = {} }: Case) {
  const all = hosts.map(({ id }) => id)
  const xml = action({
    vms: vms.map(vm),
    hosts: hosts.map(host),
    allowed: vms.map(({ id }) => ({ vm: id, hosts: allowed[id] ?? all })),
    ...more,
  })
  return planPools(readAction(xml), readPolicy(conf))
}

/** `VM>host` in the order of the plan. */
export const placed = (what: Case): string[] => planned(what).placements.map((one) => `${one.vm}>${one.host}`)

export const told = (what: Case, id: number): string | undefined =>
  planned(what).waiting.find((one) => one.vm === id)?.message
