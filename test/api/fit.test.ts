/** "How many more of it?" through the application, on a real database, without a port. */
import { describe, expect, test } from 'vitest'
import { fitTemplate } from '../../src/api/read/fit.ts'
import { TEMPLATE_FIT_SCHEMA } from '../../src/model/schemas/template.ts'
import { idOf, reported } from '../view/build.ts'
import { expectFits } from './strict.ts'
import { must, type World, worldWith } from './world.ts'

const TEXT = 'NAME = "gpu"\nCPU = 4\nMEMORY = 8192\nPCI = [ VENDOR = "10de", CLASS = "0302" ]'
const NIC = reported('0000:3b:00.0', { classId: idOf('0200') })
const gpus = (count: number) => Array.from({ length: count }, (_, n) => reported(`0000:3${n}:00.0`))

const roomFor = (here: World, facts: object = {}) =>
  must(here, 'POST', '/v1/templates/fit', { text: TEXT, ...facts })

describe('fit', () => {
  test('counts by host what the scheduler would place, tells why not one more, and changes nothing', async () => {
    const here = await worldWith({ 'kvm-a': gpus(2), 'kvm-b': gpus(3), 'kvm-c': [NIC], 'kvm-d': gpus(4) })
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    await must(here, 'POST', '/v1/templates/gpu/instantiate')
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/hosts/kvm-d/disable')
    const answer = await must(here, 'GET', '/v1/templates/gpu/fit')
    expectFits(TEMPLATE_FIT_SCHEMA, answer)
    expect(answer).toMatchObject({ count: 4, more: false, limit: 1000, afterWaiting: false })
    expect(answer.hosts).toEqual([
      { host: 1, hostName: 'kvm-a', count: 1 },
      { host: 2, hostName: 'kvm-b', count: 3 },
    ])
    expect(answer.reasons.map((one: { code: string; message: string }) => [one.code, one.message])).toEqual([
      ['not-enough-free', 'PCI 0: wants 1, 0 of 2 free; held by VM 1 and copies of it'],
      ['not-enough-free', 'PCI 0: wants 1, 0 of 3 free; held by copies of it'],
      ['no-such-device', 'PCI 0: the host has no such device (wants 1)'],
      ['host-state', 'the host is disabled; "berth host enable" lets it take VMs again'],
    ])
    expect(await must(here, 'GET', '/v1/vms')).toHaveLength(1)
    await must(here, 'POST', '/v1/templates/gpu/instantiate', { count: 5 })
    expect((await must(here, 'POST', '/v1/schedule')).placed).toHaveLength(4)
  })

  test.each([
    [1, true, 1, 0],
    [2, true, 2, 0],
    [3, false, 3, 1],
    [4, false, 3, 1],
  ])('up to %i of three: more is %s', async (limit, more, count, reasons) => {
    const here = await worldWith({ 'kvm-a': gpus(3) })
    const answer = await roomFor(here, { limit })
    expect(answer).toMatchObject({ more, count, limit })
    expect(answer.reasons).toHaveLength(reasons)
  })

  test('after the VMs that wait, those whose next try is delayed too, but none on hold', async () => {
    const here = await worldWith({ 'kvm-a': gpus(4) })
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    await must(here, 'POST', '/v1/templates/gpu/instantiate', { name: 'held', hold: true })
    await must(here, 'POST', '/v1/templates/gpu/instantiate', { name: 'waits' })
    await must(here, 'POST', '/v1/templates/gpu/instantiate', { name: 'delayed', priority: -5 })
    await here.database.kysely
      .updateTable('vms')
      .set({ not_before: here.now + 3_600_000 })
      .where('name', '=', 'delayed')
      .execute()
    expect(await roomFor(here)).toMatchObject({ count: 4, afterWaiting: false })
    const after = await roomFor(here, { afterWaiting: true })
    expect(after).toMatchObject({ count: 2, afterWaiting: true })
    expect(after.reasons[0].message).toContain('held by VMs 2, 3 and copies of it')
    await must(here, 'POST', '/v1/templates', { text: TEXT, name: 'again' })
    expect(await must(here, 'GET', '/v1/templates/again/fit?limit=1&afterWaiting=true')).toMatchObject({
      ...{ count: 1, more: true, afterWaiting: true },
    })
  })

  test('for whoever has gone by the time that it is their turn nothing is read', async () => {
    const { database } = await worldWith({ 'kvm-a': gpus(1) })
    let reads = 0
    const textOf = async () => {
      reads += 1
      return TEXT
    }
    const asked = { textOf, limit: 10, afterWaiting: false, policy: 'pack' } as const
    expect(await fitTemplate(database, asked, AbortSignal.abort())).toBeNull()
    expect(reads).toBe(0)
  })

  test('a cluster without hosts has room for none', async () => {
    expect(await roomFor(await worldWith({}))).toMatchObject({
      count: 0,
      more: false,
      hosts: [],
      reasons: [],
    })
  })

  test.each([
    ['POST', '/v1/templates/fit', { text: 'CPU 4' }, 'template-syntax'],
    ['POST', '/v1/templates/fit', { text: 'CPU = 1' }, 'memory-missing'],
    ['POST', '/v1/templates/fit', { text: TEXT, limit: 0 }, 'invalid-request'],
    ['POST', '/v1/templates/fit', { text: TEXT, limit: 10_001 }, 'invalid-request'],
    ['GET', '/v1/templates/gpu/fit?limit=0', undefined, 'invalid-request'],
    ['GET', '/v1/templates/gpu/fit?limit=10001', undefined, 'invalid-request'],
    ['GET', '/v1/templates/gpu/fit?afterWaiting=yes', undefined, 'invalid-request'],
  ] as const)('%s %s %j is refused as %s', async (method, url, body, code) => {
    const here = await worldWith({})
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    const answer = await here.request(method, url, body)
    expect([answer.status, answer.body.code]).toEqual([400, code])
  })
})
