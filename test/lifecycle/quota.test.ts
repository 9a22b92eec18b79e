/** Quotas hold whatever happens at once, on every engine. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { deleteQuota, setQuota } from '../../src/database/quotas.ts'
import { listVms } from '../../src/database/vms.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { createTemplate, createVm, instantiateTemplates } from '../../src/lifecycle/create.ts'
import { changeTemplate } from '../../src/lifecycle/hotplug.ts'
import { appendBlock, removeBlock } from '../../src/template/edit.ts'
import { startEngines } from '../support/engines.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const GPU = 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]'
const NIC = 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "8086" ]'
const EXCEEDED = { code: 'quota-exceeded' }

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('quotas', () => {
    let db: Database
    let other: Database

    beforeEach(async () => {
      const url = await fresh()
      db = await openDatabase(url, { migrate: true })
      other = await openDatabase(url, { migrate: false })
      await setQuota(db.kysely, { owner: 'alice', selector: '10de:', most: 3 })
    })
    afterEach(async () => {
      await db.close()
      await other.close()
    })

    const gpu = (owner: string | null, from: Database = db) => createVm(from, GPU, { owner }, 1)

    test('of ten creates at once, in two programs, as many succeed as the quota allows', async () => {
      const all = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) => gpu('alice', n % 2 === 0 ? db : other)),
      )
      const failed = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
      expect(failed).toHaveLength(7)
      for (const reason of failed) expect(reason).toMatchObject(EXCEEDED)
      expect(await listVms(db.kysely, { owner: 'alice' })).toHaveLength(3)
    })

    test('instantiating more than is left makes none', async () => {
      await createTemplate(db, GPU, 'gpu', 1)
      await gpu('alice')
      const names = [undefined, undefined, undefined]
      await expect(instantiateTemplates(db, 'gpu', { owner: 'alice' }, names, 1)).rejects.toMatchObject({
        ...EXCEEDED,
        facts: { owner: 'alice', selector: '10de:', most: 3, used: 1, asked: 3 },
      })
      expect(await listVms(db.kysely)).toHaveLength(1)
      expect(await instantiateTemplates(db, 'gpu', { owner: 'alice' }, names.slice(1), 1)).toHaveLength(2)
    })

    test("others, operators and other devices are not counted; a VM that is done isn't either", async () => {
      for (const owner of ['alice', 'alice', 'alice', 'bob', null]) await gpu(owner)
      await createVm(db, NIC, { owner: 'alice' }, 1)
      await expect(gpu('alice')).rejects.toMatchObject(EXCEEDED)
      const [first] = await listVms(db.kysely, { owner: 'alice' })
      await terminateVm(db, first?.id ?? 0, {}, 2)
      await gpu('alice')
      await expect(gpu('alice')).rejects.toMatchObject(EXCEEDED)
      await deleteQuota(db.kysely, 'alice', '10de:')
      await gpu('alice')
    })

    test('another block in a template counts; fewer are possible even where a quota was lowered', async () => {
      const vm = await gpu('alice')
      const more = (text: string) => appendBlock(text, { name: 'PCI', pairs: { VENDOR: '10de', COUNT: '2' } })
      await changeTemplate(db, vm.id, more, 2)
      await expect(changeTemplate(db, vm.id, more, 3)).rejects.toMatchObject({
        ...EXCEEDED,
        facts: { used: 3, asked: 2 },
      })
      await setQuota(db.kysely, { owner: 'alice', selector: '10de:', most: 1 })
      await changeTemplate(db, vm.id, (text) => removeBlock(text, 'PCI', 0), 4)
      await expect(changeTemplate(db, vm.id, more, 5)).rejects.toMatchObject(EXCEEDED)
    })

    test('a quota for nothing allows none', async () => {
      await setQuota(db.kysely, { owner: 'alice', selector: ':', most: 0 })
      await expect(createVm(db, NIC, { owner: 'alice' }, 1)).rejects.toMatchObject(EXCEEDED)
    })
  })
})
