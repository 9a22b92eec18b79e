/** Devices in and out of service, and their history, through the application. */
import { describe, expect, test } from 'vitest'
import { DEVICE_SCHEMA } from '../../src/model/schemas/device.ts'
import { DEVICE_HISTORY_SCHEMA } from '../../src/model/schemas/device-history.ts'
import { reported } from '../view/build.ts'
import { expectFits } from './strict.ts'
import { must, type World, worldWith } from './world.ts'

const GPUS = [reported('0000:3b:00.0'), reported('0000:86:00.0')]
const DEVICE = '/v1/hosts/kvm-a/devices/3b:00.0'
const VM = { template: 'MEMORY = 64\nPCI = [ SHORT_ADDRESS = "3b:00.0" ]', name: 'v' }

const cluster = () => worldWith({ 'kvm-a': GPUS })

async function events(here: World): Promise<string[]> {
  const { history } = await must(here, 'GET', `${DEVICE}/history`)
  return history.map(({ event }: { event: string }) => event)
}

describe('a device', () => {
  test('out of service says so and why, and is free again', async () => {
    const here = await cluster()
    const drained = await must(here, 'POST', `${DEVICE}/drain`, { reason: ' firmware ' })
    expectFits(DEVICE_SCHEMA, drained)
    expect(drained).toMatchObject({
      ...{ state: 'drained', health: 'drained', healthReason: 'firmware', why: 'drained: firmware' },
    })
    expect(await must(here, 'POST', `${DEVICE}/undrain`)).toMatchObject({ state: 'free', healthReason: null })
    expect(await must(here, 'POST', `${DEVICE}/quarantine`, { reason: 'hot' })).toMatchObject({
      ...{ state: 'quarantined', why: 'quarantined: hot' },
    })
    expect(await must(here, 'POST', `${DEVICE}/clear`, {})).toMatchObject({ state: 'free', health: 'ok' })
    expect(await events(here)).toEqual(['drained', 'undrained', 'quarantined', 'cleared'])
  })

  test('that is drained under a VM stays with it, and its VM waits for it afterwards', async () => {
    const here = await cluster()
    await must(here, 'POST', '/v1/vms', VM)
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'POST', `${DEVICE}/drain`, { reason: 'firmware' })).toMatchObject({
      ...{ state: 'attached', health: 'drained', healthReason: 'firmware', why: 'attached to VM 1 (v)' },
    })
    await must(here, 'POST', '/v1/vms/v/stop', { hard: true })
    await must(here, 'POST', '/v1/vms/v/start')
    const { waiting } = await must(here, 'POST', '/v1/schedule')
    expect(waiting[0].message).toContain('drained')
    await must(here, 'POST', `${DEVICE}/undrain`)
    expect((await must(here, 'POST', '/v1/schedule')).placed).toHaveLength(1)
  })

  test('has a history that fits its schema, with times, VMs and addresses', async () => {
    const here = await cluster()
    expect(await must(here, 'GET', `${DEVICE}/history`)).toMatchObject({ history: [] })
    await must(here, 'POST', '/v1/vms', VM)
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/vms/v/terminate', { hard: true })
    const shown = await must(here, 'GET', `${DEVICE}/history`)
    expectFits(DEVICE_HISTORY_SCHEMA, shown)
    const line = { vm: 1, address: '0000:3b:00.0', at: expect.stringMatching(/^2026-11-21T12:00/) }
    expect(shown).toEqual({
      ...{ host: 1, hostName: 'kvm-a', address: '0000:3b:00.0' },
      history: [
        { ...line, event: 'claimed', what: 'passed to VM 1' },
        { ...line, event: 'released', what: 'given back by VM 1' },
      ],
    })
  })

  test('that is gone still has its history, by where it was', async () => {
    const here = await cluster()
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.devices = GPUS.slice(1)
    await must(here, 'POST', '/v1/schedule')
    expect((await here.request('GET', DEVICE)).status).toBe(404)
    expect(await events(here)).toEqual(['missing'])
  })
})

test.each([
  ['POST', '/v1/hosts/kvm-a/devices/3b:00.1/drain', undefined, 404, 'unknown-device'],
  ['POST', '/v1/hosts/nobody/devices/3b:00.0/drain', undefined, 404, 'unknown-host'],
  ['POST', '/v1/hosts/kvm-a/devices/eth0/drain', undefined, 400, 'invalid-address'],
  ['POST', `${DEVICE}/quarantine`, undefined, 400, 'reason-missing'],
  ['POST', `${DEVICE}/quarantine`, { reason: '  ' }, 400, 'invalid-request'],
  ['POST', `${DEVICE}/drain`, { reason: 7 }, 400, 'invalid-request'],
  ['POST', `${DEVICE}/drain`, { reason: 'x'.repeat(1025) }, 400, 'invalid-request'],
  ['POST', `${DEVICE}/drain`, { why: 'x' }, 400, 'invalid-request'],
  ['POST', `${DEVICE}/undrain`, undefined, 409, 'device-state'],
  ['POST', `${DEVICE}/clear`, undefined, 409, 'device-state'],
  ['GET', '/v1/hosts/kvm-a/devices/3b:00.1/history', undefined, 404, 'unknown-device'],
  ['GET', '/v1/hosts/nobody/devices/3b:00.0/history', undefined, 404, 'unknown-host'],
  ['GET', '/v1/hosts/kvm-a/devices/eth0/history', undefined, 400, 'invalid-address'],
] as const)('%s %s %j is %i %s, and nothing is written', async (method, url, request, status, code) => {
  const here = await cluster()
  const { status: got, body } = await here.request(method, url, request)
  expect([got, body.code]).toEqual([status, code])
  expect(await events(here)).toEqual([])
})
