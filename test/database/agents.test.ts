/** Agents, pieces of reports, errands and the numbers of orders, on every engine. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  findAgent,
  findAgentByCredential,
  forgetComparisons,
  insertAgent,
  listAgents,
  listNewlySilent,
  markHeard,
  replaceCredential,
  updateAgent,
} from '../../src/database/agents.ts'
import { changesAfter, lastChange } from '../../src/database/changes.ts'
import {
  findErrand,
  finishErrand,
  forgetErrands,
  insertErrand,
  listWaitingErrands,
} from '../../src/database/errands.ts'
import { insertHost, updateHost } from '../../src/database/hosts.ts'
import { insertJournalAt, listJournal } from '../../src/database/journal.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { advanceOrderNumbers, lastOrderNumber } from '../../src/database/order-numbers.ts'
import { insertOrder } from '../../src/database/orders.ts'
import { listReportSections, replaceReportSections } from '../../src/database/report-sections.ts'
import { startEngines } from '../support/engines.ts'
import { at, id } from '../support/reports.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const NOW = 1_790_000_000_000

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('rows', () => {
    let db: Database
    let host: number

    const newHost = (name: string) =>
      insertHost(db.kysely, {
        ...{ name, cluster: 'default', driver: 'libvirt', uri: 'qemu:///system' },
        ...{ enabled: true, filter: null, attributes: {}, agent: true },
      })
    const bind = () =>
      insertOrder(
        db.kysely,
        {
          ...{ kind: 'bind', host, cluster: 'c', bootId: null, to: { kind: 'matching' } },
          devices: [
            {
              ...{ address: at('0000:3b:00.0'), vendorId: id('10de'), deviceId: id('20b0') },
              ...{ classId: id('0302'), identity: null, iommuGroup: null },
            },
          ],
        },
        NOW,
      )

    beforeEach(async () => {
      db = await openDatabase(await fresh(), { migrate: true })
      host = await newHost('kvm-a')
    })
    afterEach(() => db.close())

    test('an agent is found by its credential, and by no other once that was replaced', async () => {
      const { kysely } = db
      await insertAgent(kysely, { host, credentialHash: 'one', joinedAt: NOW })
      await updateAgent(kysely, host, { incarnation: 'x', lastMessage: 7, heardAt: NOW, compared: true })
      expect(await findAgentByCredential(kysely, 'one')).toMatchObject({
        host,
        lastMessage: 7,
        compared: true,
      })
      await replaceCredential(kysely, { host, credentialHash: 'two', joinedAt: NOW + 1 })
      expect(await findAgentByCredential(kysely, 'one')).toBeNull()
      expect(await findAgentByCredential(kysely, 'two')).toEqual({
        ...{ host, joinedAt: NOW + 1, incarnation: null, version: null },
        ...{ lastMessage: 0, lastReport: 0, heardAt: null, compared: false },
      })
      const other = await newHost('kvm-b')
      await replaceCredential(kysely, { host: other, credentialHash: 'three', joinedAt: NOW })
      expect((await listAgents(kysely)).map((agent) => agent.host)).toEqual([host, other])
      const twice = insertAgent(kysely, { host: other, credentialHash: 'four', joinedAt: NOW })
      await expect(twice).rejects.toThrow()
    })

    test('heartbeats never go back, and who is silent is told once', async () => {
      const { kysely } = db
      await insertAgent(kysely, { host, credentialHash: 'one', joinedAt: NOW })
      expect(await listNewlySilent(kysely, NOW - 1)).toEqual([])
      // It joined, and has never said anything.
      expect(await listNewlySilent(kysely, NOW)).toHaveLength(1)
      await markHeard(kysely, [host], NOW)
      await markHeard(kysely, [host], NOW - 5)
      await updateAgent(kysely, host, { compared: true })
      expect((await findAgent(kysely, host))?.heardAt).toBe(NOW)
      expect(await listNewlySilent(kysely, NOW - 1)).toEqual([])
      expect(await listNewlySilent(kysely, NOW)).toHaveLength(1)
      await forgetComparisons(kysely)
      expect(await listNewlySilent(kysely, NOW)).toHaveLength(1)
      await updateHost(kysely, host, { failure: 'silent' })
      expect(await listNewlySilent(kysely, NOW)).toEqual([])
    })

    test('pieces of a report take the place of those of the same name', async () => {
      const { kysely } = db
      await replaceReportSections(kysely, host, [
        { section: 'usage', hash: 'a', body: '[]' },
        { section: 'domains', hash: 'b', body: 'null' },
      ])
      await replaceReportSections(kysely, host, [{ section: 'domains', hash: 'c', body: '[]' }])
      expect(await listReportSections(kysely, host)).toEqual([
        { section: 'domains', hash: 'c', body: '[]' },
        { section: 'usage', hash: 'a', body: '[]' },
      ])
    })

    test('an errand waits, wakes its host, and is answered once by it', async () => {
      const { kysely } = db
      const before = await lastChange(kysely)
      const errand = await insertErrand(kysely, host, { kind: 'prepare', body: { args: ['-j'] } }, NOW)
      expect(await changesAfter(kysely, before, 9)).toMatchObject([{ kind: 'order', subject: host }])
      expect(await listWaitingErrands(kysely, host)).toMatchObject([{ id: errand, body: { args: ['-j'] } }])
      expect(await finishErrand(kysely, host + 1, errand, { ok: true, answer: 1 }, NOW)).toBe(false)
      expect(await finishErrand(kysely, host, errand, { ok: false, answer: 'no' }, NOW)).toBe(true)
      expect(await finishErrand(kysely, host, errand, { ok: true, answer: 1 }, NOW)).toBe(false)
      expect(await findErrand(kysely, errand)).toMatchObject({ state: 'failed', answer: 'no' })
      expect(await listWaitingErrands(kysely, host)).toEqual([])
      await forgetErrands(kysely, NOW + 1)
      expect(await findErrand(kysely, errand)).toBeNull()
    })

    test('orders get numbers above what was seen, and never one that is lower', async () => {
      const { kysely } = db
      expect(await lastOrderNumber(kysely)).toBe(0)
      await advanceOrderNumbers(kysely, 40)
      await advanceOrderNumbers(kysely, 12)
      const order = await bind()
      expect(order).toBe(41)
      expect(await lastOrderNumber(kysely)).toBe(41)
      await advanceOrderNumbers(kysely, 41)
      await kysely.updateTable('orders').set({ state: 'done', finished_at: NOW }).execute()
      expect(await bind()).toBe(42)
    })

    test('a line of a journal stands at its place, and stays as it is', async () => {
      const { kysely } = db
      const order = await bind()
      const line = (step: string) => ({ step, state: 'begun', facts: { step } }) as const
      await insertJournalAt(kysely, order, 2, line('b'), NOW)
      await insertJournalAt(kysely, order, 1, line('a'), NOW)
      await insertJournalAt(kysely, order, 2, line('c'), NOW)
      expect(await listJournal(kysely, order)).toEqual([line('a'), line('b')])
    })
  })
})
