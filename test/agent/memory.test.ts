/** The memory on disk: what is bounded, what is kept, and of whose database it is. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, onTestFinished, test } from 'vitest'
import { holdState, isHeld } from '../../src/agent/memory/lock.ts'
import { openMemory, readFact, type Store } from '../../src/agent/memory/open.ts'
import {
  endOrder,
  forgetOldOrders,
  highestOrder,
  ordersUnderWay,
  receiveOrder,
} from '../../src/agent/memory/orders.ts'
import {
  countMessages,
  forgetMessages,
  newestMessage,
  putMessage,
  waitingMessages,
} from '../../src/agent/memory/outbox.ts'
import { MESSAGES } from '../../src/api/agent-schemas.ts'
import type { Address } from '../../src/model/address.ts'
import type { AgentMessage } from '../../src/model/agent-protocol.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { DEPLOY, handed } from './world.ts'

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'berth-memory-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function memory(dir = folder(), cluster = 'db-1', note: (line: string) => void = () => {}): Store {
  const store = openMemory(dir, cluster, note)
  onTestFinished(() => void store.close())
  return store
}

const running = (order: number): HostEvent => ({ kind: 'running', order, host: 1, vm: 7, epoch: 3 })
const event = (order: number): AgentMessage => ({ kind: 'event', attempt: 1, event: running(order) })
const word = (text: string): AgentMessage => ({ kind: 'progress', order: 1, text })
const step = (order: number, at: number): AgentMessage => ({
  ...{ kind: 'step', order, at },
  entry: { step: 'create', state: 'begun', facts: {} },
})

const everything = (store: Store) => waitingMessages(store, 1_000_000, newestMessage(store))

test('of words for a log the oldest go where there are too many', () => {
  const store = memory()
  for (let n = 1; n <= 9; n++) putMessage(store, word(`${n}`), { progress: 4, all: 100 })
  expect(everything(store).map(({ message }) => message)).toEqual(['6', '7', '8', '9'].map(word))
})

test('where all is too much, words go first, then lines of journals of orders that have ended; ends and answers never', () => {
  const store = memory()
  receiveOrder(store, handed(DEPLOY))
  endOrder(store, 1, running(1))
  receiveOrder(store, handed({ ...DEPLOY, id: 2 }))
  const limits = { progress: 100, all: 5 }
  for (const message of [step(1, 1), step(2, 1), word('a'), step(1, 2), word('b')])
    putMessage(store, message, limits)
  expect(countMessages(store)).toEqual({ event: 1, progress: 1, step: 3 })
  putMessage(store, { kind: 'errand', errand: 4, ok: true, answer: null }, limits)
  for (let order = 3; order <= 9; order++) putMessage(store, event(order), limits)
  expect(countMessages(store)).toEqual({ errand: 1, event: 8, step: 1 })
  expect(everything(store).map(({ message }) => message)).toContainEqual(step(2, 1))
})

test('numbers of places rise, also where all was told before', () => {
  const dir = folder()
  const store = memory(dir)
  putMessage(store, event(1))
  forgetMessages(store, newestMessage(store))
  expect([newestMessage(store), everything(store)]).toEqual([0, []])
  putMessage(store, event(2))
  expect(newestMessage(store)).toBe(2)
})

test('old finished orders are forgotten once their VM came again; the newest of each VM, and what is untold, are kept', () => {
  const store = memory()
  for (let id = 1; id <= 6; id++) {
    receiveOrder(store, handed({ ...DEPLOY, id, epoch: id, vm: id <= 4 ? 7 : 8 }))
    endOrder(store, id, running(id))
  }
  const kept = () => store.prepare('select id from orders order by id').pluck().all()
  forgetOldOrders(store, 1)
  expect(kept()).toEqual([1, 2, 3, 4, 5, 6])
  forgetMessages(store, newestMessage(store))
  forgetOldOrders(store, 1)
  expect(kept()).toEqual([4, 6])
  // 5 is gone, and what has that number now is none that may be done: it may have been.
  const old = receiveOrder(store, handed({ ...DEPLOY, id: 5, epoch: 9, vm: 9 }))
  expect(old).toMatchObject({ kind: 'stale', message: expect.stringContaining('done and forgotten') })
  expect(highestOrder(store)).toBe(6)
})

test('an order is the same one whatever the order of its fields, and another one with another content', () => {
  const store = memory()
  const { devices, ...rest } = DEPLOY
  expect(receiveOrder(store, handed(DEPLOY)).kind).toBe('new')
  expect(receiveOrder(store, handed({ devices, ...rest })).kind).toBe('known')
  expect(receiveOrder(store, handed({ ...DEPLOY, hypervisor: 'qemu' })).kind).toBe('stale')
  expect(ordersUnderWay(store).map(({ order }) => order)).toEqual([DEPLOY])
})

test('a memory of another database is set aside, not used', () => {
  const dir = folder()
  const before = openMemory(dir, 'db-1', () => {})
  receiveOrder(before, handed(DEPLOY))
  before.close()
  const notes: string[] = []
  const store = memory(dir, 'db-2', (line) => notes.push(line))
  expect([ordersUnderWay(store), readFact(store, 'cluster')]).toEqual([[], 'db-2'])
  expect(readdirSync(dir)).toContain('agent-db-1.db')
  expect(notes).toHaveLength(1)
})

test('the state is held until it is let go, and seen to be', () => {
  const dir = folder()
  expect(isHeld(dir)).toBe(false)
  const release = holdState(dir)
  expect(isHeld(dir)).toBe(true)
  expect(() => holdState(dir)).toThrow(expect.objectContaining({ code: 'agent-running' }))
  release()
  expect(isHeld(dir)).toBe(false)
})

test('an order’s end fits what the controller takes, however much a program had to say', () => {
  const store = openMemory(folder(), 'c', () => {})
  onTestFinished(() => void store.close())
  const words = 'x'.repeat(200_000)
  const failed: HostEvent = {
    ...{ kind: 'deploy-failed', order: 1, vm: 1, host: 1, epoch: 1, code: 'virsh-failed', message: words },
    faults: [{ address: '0000:3b:00.0' as Address, code: 'stuck', message: words }],
  }
  putMessage(store, { kind: 'event', attempt: 1, event: failed })
  const [told] = waitingMessages(store, 1, 9)
  const request = { incarnation: randomUUID(), messages: [{ number: 1, message: told?.message }] }
  expect(new Ajv({ strict: false }).validate(MESSAGES, request)).toBe(true)
})
