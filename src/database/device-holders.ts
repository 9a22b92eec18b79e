/** Who has which device, and where that VM's life stands: as much as a state is made of, templates and facts left out. */
import type { Address } from '../model/address.ts'
import type { ClaimRole } from '../model/claim.ts'
import type { VmState } from '../model/vm.ts'
import type { Queries } from './tables.ts'

export interface DeviceHolder {
  readonly host: number
  readonly address: Address
  readonly role: ClaimRole
  readonly vm: number
  readonly vmName: string
  readonly vmState: VmState
}

/** On these hosts, or on all; in no order. */
export async function listHolders(q: Queries, hosts?: readonly number[]): Promise<DeviceHolder[]> {
  const query = q
    .selectFrom('claims')
    .innerJoin('vms', (join) => join.onRef('vms.id', '=', 'claims.vm').onRef('vms.host', '=', 'claims.host'))
    .select(['claims.host', 'claims.address', 'claims.role'])
    .select(['vms.id as vm', 'vms.name as vmName', 'vms.state as vmState'])
    .where('vms.state', '<>', 'DONE')
  return (hosts === undefined ? query : query.where('claims.host', 'in', hosts)).execute()
}
