/** Schema version 2: what happened to each device. Present claims are its first lines, so that each return has its beginning. */
import type { Migration } from '../migrate.ts'

/** `device` is the device's identity, or its address where it has none. */
export const deviceHistory: Migration = (identity) => [
  `create table device_history (
    id ${identity},
    host integer not null references hosts (id),
    device text not null,
    address text not null,
    at bigint not null,
    event text not null,
    vm integer references vms (id),
    what text not null
  )`,
  'create index device_history_by_device on device_history (host, device)',
  'create index device_history_by_address on device_history (host, address)',
  `insert into device_history (host, device, address, at, event, vm, what)
    select claims.host, coalesce(devices.identity, claims.address), claims.address,
      coalesce((select max(orders.created_at) from orders where orders.vm = claims.vm and orders.kind = 'deploy'),
        vms.changed_at),
      'claimed', claims.vm, case claims.role when 'held' then 'held for VM ' else 'passed to VM ' end || claims.vm
    from claims
    join devices on devices.host = claims.host and devices.address = claims.address
    join vms on vms.id = claims.vm
    order by claims.host, claims.address`,
]
