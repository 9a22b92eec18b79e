/** Schema version 1: all tables. Invariant 1 stands in `claims` and `group_claims`, not in the program. */
import type { Migration } from '../migrate.ts'

/** `identity` is the dialect's text for an id that counts up and is never given twice. */
export const initial: Migration = (identity) => [
  `create table meta (
    id integer not null primary key check (id = 1),
    cluster text not null,
    schema_version integer not null
  )`,
  `create table hosts (
    id ${identity},
    name text not null unique check (name <> ''),
    cluster text not null,
    driver text not null check (driver in ('libvirt', 'simulator')),
    uri text not null,
    enabled integer not null check (enabled in (0, 1)),
    filter text,
    attributes text not null,
    capacity text,
    boot_id text,
    generation integer not null check (generation >= 0),
    reported_at bigint,
    failure text
  )`,
  `create table devices (
    host integer not null references hosts (id),
    address text not null,
    vendor_id text not null,
    device_id text not null,
    class_id text not null,
    kind text not null check (kind in ('plain', 'pf', 'vf')),
    parent text,
    numa_node integer,
    iommu_group integer check (iommu_group >= 0),
    driver text,
    bridge integer not null check (bridge in (0, 1)),
    identity text,
    facts text not null,
    offered integer not null check (offered in (0, 1)),
    present integer not null check (present in (0, 1)),
    in_use text not null,
    allowed integer not null check (allowed in (0, 1)),
    health text not null check (health in ('ok', 'drained', 'quarantined')),
    health_reason text,
    failures integer not null check (failures >= 0),
    first_seen bigint not null,
    last_seen bigint not null,
    primary key (host, address)
  )`,
  `create table domains (
    host integer not null references hosts (id),
    uuid text not null,
    name text not null,
    state text not null,
    hostdevs text not null,
    cluster text,
    vm integer,
    epoch integer,
    primary key (host, uuid),
    check ((cluster is null) = (vm is null) and (cluster is null) = (epoch is null))
  )`,
  `create table templates (
    id ${identity},
    name text not null unique check (name <> ''),
    text text not null,
    created_at bigint not null
  )`,
  `create table vms (
    id ${identity},
    name text not null,
    state text not null check (state in
      ('HOLD', 'PENDING', 'BOOT', 'RUNNING', 'SHUTDOWN', 'POWEROFF', 'UNKNOWN', 'BOOT_FAILURE', 'DONE')),
    priority integer not null,
    template text not null,
    cpu integer not null check (cpu >= 0),
    memory_mib integer not null check (memory_mib >= 0),
    epoch integer not null check (epoch >= 0),
    host integer references hosts (id),
    only_host integer references hosts (id),
    after_release text check (after_release in ('POWEROFF', 'DONE', 'PENDING')),
    failures integer not null check (failures >= 0),
    not_before bigint not null,
    message text,
    created_at bigint not null,
    changed_at bigint not null,
    check ((host is not null) = (state in ('BOOT', 'RUNNING', 'SHUTDOWN', 'UNKNOWN')))
  )`,
  'create index vms_by_state on vms (state)',
  'create index vms_by_host on vms (host)',
  `create table group_claims (
    host integer not null references hosts (id),
    iommu_group integer not null,
    vm integer not null references vms (id),
    primary key (host, iommu_group),
    unique (host, iommu_group, vm)
  )`,
  'create index group_claims_by_vm on group_claims (vm)',
  `create table claims (
    host integer not null,
    address text not null,
    vm integer not null references vms (id),
    request integer check (request >= 0),
    role text not null check (role in ('passed', 'held')),
    iommu_group integer,
    identity text,
    managed integer not null check (managed in (0, 1)),
    primary key (host, address),
    foreign key (host, address) references devices (host, address),
    foreign key (host, iommu_group, vm) references group_claims (host, iommu_group, vm),
    check ((role = 'passed') = (request is not null))
  )`,
  'create index claims_by_vm on claims (vm)',
  'create index claims_by_group on claims (host, iommu_group, vm)',
  `create table orders (
    id ${identity},
    vm integer not null references vms (id),
    host integer not null,
    kind text not null check (kind in ('deploy', 'release')),
    epoch integer not null,
    state text not null check (state in ('waiting', 'taken', 'done', 'failed')),
    body text not null,
    holder text,
    lease_until bigint,
    attempts integer not null check (attempts >= 0),
    not_before bigint not null,
    message text,
    created_at bigint not null,
    finished_at bigint,
    check ((state = 'taken') = (holder is not null)),
    check ((holder is null) = (lease_until is null)),
    check ((state in ('done', 'failed')) = (finished_at is not null))
  )`,
  `create unique index orders_one_open on orders (vm) where state in ('waiting', 'taken')`,
  `create index orders_open_by_host on orders (host) where state in ('waiting', 'taken')`,
  'create index orders_by_vm on orders (vm)',
  `create table journal (
    order_id integer not null references orders (id),
    seq integer not null,
    step text not null,
    state text not null check (state in ('begun', 'done', 'undone')),
    facts text not null,
    at bigint not null,
    primary key (order_id, seq)
  )`,
  `create table history (
    id ${identity},
    vm integer not null references vms (id),
    at bigint not null,
    what text not null
  )`,
  'create index history_by_vm on history (vm)',
  `create table leases (
    name text not null primary key,
    holder text not null,
    expires_at bigint not null
  )`,
]
