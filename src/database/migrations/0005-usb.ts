/** USB devices of hosts, and which VM has which: one claim a device at most. */
import type { Migration } from '../migrate.ts'

export const usb: Migration = () => [
  `create table usb_devices (
    host integer not null references hosts (id),
    key text not null check (key <> ''),
    bus integer not null check (bus > 0),
    device integer not null check (device > 0),
    port text not null,
    controller text,
    vendor_id text not null,
    product_id text not null,
    hub integer not null check (hub in (0, 1)),
    facts text not null,
    present integer not null check (present in (0, 1)),
    swapped text,
    in_use text not null,
    first_seen bigint not null,
    last_seen bigint not null,
    primary key (host, key)
  )`,
  `create table usb_claims (
    host integer not null,
    key text not null,
    vm integer not null references vms (id),
    request integer not null check (request >= 0),
    primary key (host, key),
    unique (vm, request),
    foreign key (host, key) references usb_devices (host, key)
  )`,
  `alter table domains add column usb_hostdevs text not null default '[]'`,
]
