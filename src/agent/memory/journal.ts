/** Orders' journals: this host's own, and what the controller handed along for those that it has lost. */
import type { Journal } from '../../deploy/ports.ts'
import type { JournalEntry, Order, VmOrder } from '../../model/order.ts'
import type { Store } from './open.ts'
import { putMessage } from './outbox.ts'

/** What a program before this one wrote, on a disk that is gone: the controller's copy. Own lines are newer, and stay. */
export function adoptJournal(store: Store, order: number, handed: readonly JournalEntry[]): void {
  const add = store.prepare('insert or ignore into journal (order_id, seq, entry) values (?, ?, ?)')
  for (const [at, entry] of handed.entries()) add.run(order, at + 1, JSON.stringify(entry))
}

/** Every line is told to the controller, too; `told` hears when one waits to be. */
export function memoryJournal(store: Store, told: () => void): Journal {
  return {
    load: async ({ id }) => readJournal(store, id),
    loadGiving: async (order) => readGiving(store, order),
    append: async (order, entry) => {
      append(store, order, entry)
      told()
    },
  }
}

function readJournal(store: Store, order: number): readonly JournalEntry[] {
  return store
    .prepare<[number], string>('select entry from journal where order_id = ? order by seq')
    .pluck()
    .all(order)
    .map((entry): JournalEntry => JSON.parse(entry))
}

/**
 * Of the orders that gave the VM its devices in this epoch. Where the first of them is not remembered, what the controller handed along
 * goes before: what stands there first of a device counts.
 */
function readGiving(store: Store, { id, vm, epoch }: VmOrder): readonly JournalEntry[] {
  const orders = store
    .prepare<[number, number], { readonly id: number; readonly kind: string }>(
      "select id, kind from orders where vm = ? and epoch = ? and kind in ('deploy', 'attach') order by id",
    )
    .all(vm, epoch)
  const own = orders.flatMap((order) => readJournal(store, order.id))
  return orders.some(({ kind }) => kind === 'deploy') ? own : [...handedGiving(store, id), ...own]
}

function handedGiving(store: Store, order: number): readonly JournalEntry[] {
  const text = store.prepare<[number], string>('select giving from orders where id = ?').pluck().get(order)
  return text === undefined ? [] : JSON.parse(text)
}

function append(store: Store, { id }: Order, entry: JournalEntry): void {
  store.transaction(() => {
    const at =
      store
        .prepare<[number, string, number], number>(
          'insert into journal (order_id, seq, entry) select ?, coalesce(max(seq), 0) + 1, ? from journal where order_id = ? returning seq',
        )
        .pluck()
        .get(id, JSON.stringify(entry), id) ?? 0
    putMessage(store, { kind: 'step', order: id, at, entry })
  })()
}
