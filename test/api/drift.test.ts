/** `/v1/drift` and a device's own orders, through the API, on a real database. */
import { describe, expect, test } from 'vitest'
import { reported } from '../support/reports.ts'
import { must, worldWith } from './world.ts'

const GPU = '0000:3b:00.0'
const MATE = '0000:3b:00.1'
const TEMPLATE = 'CPU = 1\nMEMORY = 64\nPCI = [ SHORT_ADDRESS = "3b:00.0" ]'
const device = (address: string) => `/v1/hosts/a/devices/${encodeURIComponent(address)}`

const devices = () => [
  reported(GPU, { driver: 'nvidia', iommuGroup: 12 }),
  reported(MATE, { driver: 'snd_hda_intel', iommuGroup: 12 }),
]

async function withVm() {
  const here = await worldWith({ a: devices() })
  await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'one' })
  await must(here, 'POST', '/v1/schedule')
  const host = here.hosts.get('a')
  if (host === undefined) throw new Error('no host')
  return { here, host }
}

describe('drift', () => {
  test('none is told where nothing differs', async () => {
    const here = await worldWith({ a: devices() })
    expect(await must(here, 'POST', '/v1/drift')).toEqual([
      { host: 1, hostName: 'a', failure: null, drift: [] },
    ])
  })

  test('a mate that left vfio-pci under a running VM is told, shown with the host, and bound again', async () => {
    const { here, host } = await withVm()
    // The agent of this test binds nothing by itself: what a VM holds is on vfio-pci from here on.
    host.devices = host.devices.map((one) => ({
      ...one,
      driver: one.address === GPU ? 'vfio-pci' : 'snd_hda_intel',
    }))
    const [{ drift }] = await must(here, 'POST', '/v1/drift', { host: 'a' })
    expect(drift).toMatchObject([{ code: 'claimed-not-on-vfio', address: MATE, repair: 'possible' }])
    expect((await must(here, 'GET', '/v1/hosts/a')).drift).toEqual(drift)
    const [mended] = await must(here, 'POST', '/v1/drift', { repair: true })
    expect(mended.drift).toMatchObject([{ address: MATE, repair: 'repaired' }])
    expect(host.devices.map(({ driver }) => driver)).toEqual(['vfio-pci', 'vfio-pci'])
    expect((await must(here, 'POST', '/v1/drift'))[0].drift).toEqual([])
  })

  test('what could not be mended says why', async () => {
    const { here, host } = await withVm()
    host.devices = host.devices.map((one) => ({ ...one, driver: one.address === GPU ? 'vfio-pci' : null }))
    host.devices = host.devices.map((one) =>
      one.address === MATE ? { ...one, driver: 'snd_hda_intel' } : one,
    )
    host.refuses = 'the kernel said no'
    const [{ drift }] = await must(here, 'POST', '/v1/drift', { repair: true })
    expect(drift).toMatchObject([
      { repair: 'failed', message: expect.stringContaining('the kernel said no') },
    ])
  })

  test('a silent host is told as such, and nothing of its old report', async () => {
    const { here, host } = await withVm()
    host.broken = 'no route'
    expect(await must(here, 'POST', '/v1/drift')).toMatchObject([{ failure: 'no route', drift: [] }])
  })

  test('an unknown host is refused', async () => {
    const here = await worldWith({ a: devices() })
    expect(await here.request('POST', '/v1/drift', { host: 'b' })).toMatchObject({ status: 404 })
  })
})

describe('binding by hand', () => {
  test('to vfio-pci and back to the driver written down', async () => {
    const here = await worldWith({ a: devices() })
    expect(await must(here, 'POST', `${device(GPU)}/bind`)).toMatchObject({
      driver: 'vfio-pci',
      state: 'free',
    })
    expect((await must(here, 'POST', '/v1/drift'))[0].drift).toEqual([])
    expect(await must(here, 'POST', `${device(GPU)}/unbind`)).toMatchObject({ driver: 'nvidia' })
  })

  test('a device that a VM has is refused, and so is one that is not there', async () => {
    const { here } = await withVm()
    expect(await here.request('POST', `${device(GPU)}/bind`)).toMatchObject({
      ...{ status: 409, body: { code: 'device-claimed' } },
    })
    expect(await here.request('POST', `${device('0000:77:00.0')}/bind`)).toMatchObject({ status: 404 })
  })

  test('what the host refuses is told, and leaves no order behind', async () => {
    const { here, host } = await (async () => {
      const here = await worldWith({ a: devices() })
      const host = here.hosts.get('a')
      if (host === undefined) throw new Error('no host')
      return { here, host }
    })()
    host.refuses = 'in use'
    const refused = await here.request('POST', `${device(GPU)}/bind`)
    expect(refused).toMatchObject({ status: 502, body: { code: 'order-failed', detail: 'in use' } })
    host.refuses = null
    await must(here, 'POST', `${device(GPU)}/bind`)
  })

  test('a reservation that cannot be kept is not made', async () => {
    const here = await worldWith({ a: devices() })
    const host = here.hosts.get('a')
    if (host) host.refuses = 'in use'
    expect(await here.request('POST', `${device(GPU)}/reserve`, { reserve: true })).toMatchObject({
      status: 502,
    })
    expect(await must(here, 'GET', device(GPU))).toMatchObject({ reserved: false })
  })

  test('reserved, it is taken to vfio-pci again after a reboot, and is not unbound by hand', async () => {
    const here = await worldWith({ a: devices() })
    const host = here.hosts.get('a')
    if (host === undefined) throw new Error('no host')
    expect(await must(here, 'POST', `${device(GPU)}/reserve`, { reserve: true })).toMatchObject({
      ...{ driver: 'vfio-pci', reserved: true },
    })
    expect(await here.request('POST', `${device(GPU)}/unbind`)).toMatchObject({
      ...{ status: 409, body: { code: 'device-reserved' } },
    })
    host.devices = devices()
    host.bootId = 'boot-2'
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', device(GPU))).toMatchObject({ driver: 'vfio-pci' })
    expect(await must(here, 'POST', `${device(GPU)}/reserve`, { reserve: false })).toMatchObject({
      ...{ driver: 'vfio-pci', reserved: false },
    })
  })
})
