/** The agent's memory on the host's disk: orders, their journals, epochs, what is still to be told. Of one controller's database. */
import { chmodSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { CommandFailed, NotFound } from '../../model/errors.ts'

export type Store = Sqlite.Database

/** When the controller answered last, in ms by the host's clock, for people. */
export const HEARD_FACT = 'heard-at'
/** The process that has the memory. */
export const PID_FACT = 'pid'

const FILE = 'agent.db'
const VERSION = 1

/** An order's `event`: null = it is under way; else JSON, which is `null` where the order ended without this host. */
const TABLES = `
  create table facts (name text primary key, value text not null) without rowid;
  create table orders (
    id integer primary key,
    attempt integer not null,
    hash text not null,
    kind text not null,
    vm integer,
    epoch integer,
    body text not null,
    giving text not null,
    event text
  );
  create index orders_under_way on orders (id) where event is null;
  create index orders_by_vm on orders (vm, epoch);
  create table journal (
    order_id integer not null references orders (id) on delete cascade,
    seq integer not null,
    entry text not null,
    primary key (order_id, seq)
  ) without rowid;
  create table epochs (vm integer primary key, epoch integer not null);
  create table outbox (
    id integer primary key autoincrement,
    kind text not null,
    order_id integer,
    attempt integer,
    errand integer,
    body text not null
  );
  create index outbox_by_kind on outbox (kind, id);
`

/**
 * Opens the memory in `dir`, made where there is none, for whoever holds the state (lock.ts). One of another database than `cluster`
 * is set aside, since its numbers mean nothing here: `note` hears of it. CommandFailed `agent-memory` where it cannot be used.
 */
export function openMemory(dir: string, cluster: string, note: (line: string) => void): Store {
  return orFailed(dir, () => {
    const store = opened(dir)
    const known = readFact(store, 'cluster')
    if (known === null || known === cluster) {
      writeFact(store, 'cluster', cluster)
      return store
    }
    store.close()
    const aside = join(dir, `agent-${known.replace(/[^\w-]/g, '_')}.db`)
    renameSync(join(dir, FILE), aside)
    note(
      `this host was with another database (${known}) before: what the agent remembers of it is set aside in ${aside}`,
    )
    const fresh = opened(dir)
    writeFact(fresh, 'cluster', cluster)
    return fresh
  })
}

/** To look only, while an agent may be at work. NotFound `agent-no-memory` where none has run. */
export function lookIntoMemory(dir: string): Store {
  if (!existsSync(join(dir, FILE)))
    throw new NotFound('agent-no-memory', `no agent has run with the state in ${dir} yet`, { state: dir })
  return orFailed(dir, () => new Sqlite(join(dir, FILE), { readonly: true }))
}

function opened(dir: string): Store {
  const store = new Sqlite(join(dir, FILE))
  try {
    // Orders hold VMs' definitions; what SQLite puts beside the file gets its mode.
    chmodSync(join(dir, FILE), 0o600)
    // What was written down is on the disk before anything is touched; who looks does not wait.
    store.pragma('journal_mode = WAL')
    store.pragma('synchronous = FULL')
    store.pragma('foreign_keys = ON')
    const version = store.pragma('user_version', { simple: true })
    if (version === 0) store.transaction(() => store.exec(`${TABLES} pragma user_version = ${VERSION}`))()
    else if (version !== VERSION)
      throw new Error(`it is of version ${version}, and this Berth knows ${VERSION}; it is of a newer one`)
    return store
  } catch (error) {
    store.close()
    throw error
  }
}

export function readFact(store: Store, name: string): string | null {
  const row = store
    .prepare<[string], { readonly value: string }>('select value from facts where name = ?')
    .get(name)
  return row?.value ?? null
}

export function writeFact(store: Store, name: string, value: string): void {
  store.prepare('insert or replace into facts (name, value) values (?, ?)').run(name, value)
}

function orFailed<T>(dir: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new CommandFailed(
      'agent-memory',
      `the agent's memory ${join(dir, FILE)} cannot be used: ${words}`,
      { state: dir },
      error,
    )
  }
}
