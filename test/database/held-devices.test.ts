/** What a list of VMs says of the devices that they hold is what their facts say, on every engine. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { getDevice, listDevices, updateDevice } from '../../src/database/devices.ts'
import { listHeldDevices } from '../../src/database/held-devices.ts'
import { openDatabase } from '../../src/database/open.ts'
import { startEngines } from '../support/engines.ts'
import { fillDatabase } from '../support/full-database.ts'
import { at } from '../support/reports.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

describe.each(engines)('$engine', ({ skip, fresh }) => {
  test.skipIf(skip)('of these VMs or of all, with names as they are', async () => {
    const db = await openDatabase(await fresh(), { migrate: true })
    onTestFinished(() => db.close())
    await fillDatabase(db)
    const name = 'a "name" with \\ and µ'
    const named = await getDevice(db.kysely, 1, at('0000:10:00.0'))
    await updateDevice(db.kysely, { ...named, deviceName: name })
    const mate = await getDevice(db.kysely, 1, at('0000:10:00.1'))
    await updateDevice(db.kysely, { ...mate, deviceName: null })
    const held = await listHeldDevices(db.kysely)
    const whole = new Map((await listDevices(db.kysely, 1)).map((device) => [device.address, device]))
    expect(held.map(({ address }) => address).sort()).toEqual(['0000:10:00.0', '0000:10:00.1'])
    for (const device of held) expect(whole.get(device.address)).toMatchObject(device)
    expect(held.map(({ deviceName }) => deviceName)).toEqual(expect.arrayContaining([name, null]))
    expect(await listHeldDevices(db.kysely, [1])).toEqual(held)
    expect(await listHeldDevices(db.kysely, [2])).toEqual([])
  })
})
