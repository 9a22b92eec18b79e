/** Schema version 2: orders that are about a device alone, and what operators want of a device beside giving it away. */
import type { Migration } from '../migrate.ts'

const KINDS = `kind in ('deploy', 'release', 'attach', 'detach', 'bind', 'sriov')`
const ABOUT = `(vm is null) = (address is not null) and (vm is null) = (kind in ('bind', 'sriov'))`

export const deviceOrders: Migration = (identity, dialect) => [
  'alter table devices add column reserved integer not null default 0 check (reserved in (0, 1))',
  'alter table devices add column bound_from text',
  ...(dialect === 'postgres' ? altered() : rebuilt(identity)),
  `create unique index orders_one_open_device on orders (host, address)
    where vm is null and state in ('waiting', 'taken')`,
]

function altered(): readonly string[] {
  return [
    'alter table orders add column address text',
    'alter table orders alter column vm drop not null',
    'alter table orders drop constraint orders_kind_check',
    `alter table orders add constraint orders_kind_check check (${KINDS})`,
    `alter table orders add constraint orders_about_check check (${ABOUT})`,
  ]
}

const ORDER_COLUMNS =
  'id, vm, host, kind, epoch, state, body, holder, lease_until, attempts, not_before, message, created_at, finished_at'

/** SQLite changes no constraint in place; the journal goes along, as its rows must never name an order that is not there. */
function rebuilt(identity: string): readonly string[] {
  return [
    `create table new_orders (
      id ${identity},
      vm integer references vms (id),
      address text,
      host integer not null,
      kind text not null check (${KINDS}),
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
      check (${ABOUT}),
      check ((state = 'taken') = (holder is not null)),
      check ((holder is null) = (lease_until is null)),
      check ((state in ('done', 'failed')) = (finished_at is not null))
    )`,
    `insert into new_orders (${ORDER_COLUMNS}) select ${ORDER_COLUMNS} from orders`,
    `create table new_journal (
      order_id integer not null references new_orders (id),
      seq integer not null,
      step text not null,
      state text not null check (state in ('begun', 'done', 'undone')),
      facts text not null,
      at bigint not null,
      primary key (order_id, seq)
    )`,
    'insert into new_journal (order_id, seq, step, state, facts, at) select order_id, seq, step, state, facts, at from journal',
    'drop table journal',
    'drop table orders',
    'alter table new_orders rename to orders',
    'alter table new_journal rename to journal',
    `create unique index orders_one_open on orders (vm) where state in ('waiting', 'taken')`,
    `create index orders_open_by_host on orders (host) where state in ('waiting', 'taken')`,
    'create index orders_by_vm on orders (vm)',
  ]
}
