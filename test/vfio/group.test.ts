import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { at, port } from '../../src/simulator/machines/rows.ts'
import { groupMembers, groupOf } from '../../src/vfio/group.ts'
import { realSysfs } from '../../src/vfio/sysfs.ts'
import { smallMachine, writeSmall } from '../simulator/small-machine.ts'

const GPU = at('01:00.0')
const AUDIO = at('01:00.1')
const ROOT_PORT = at('00:1c.0')

/** The GPU's root port shares its group, as without access control. */
async function sharedPort() {
  const functions = smallMachine.functions.map((fn) =>
    fn.address === GPU ? { ...fn, groupWith: ROOT_PORT } : fn,
  )
  const dir = await writeSmall({ functions })
  const sysfs = realSysfs(join(dir, 'sys'))
  const group = await groupOf(sysfs, GPU)
  if (group === null) throw new Error('the GPU is in no group')
  return { sysfs, group, config: join(dir, 'sys/bus/pci/devices', ROOT_PORT, 'config') }
}

const endpoints = [
  { address: GPU, driver: 'nouveau' },
  { address: AUDIO, driver: 'snd_hda_intel' },
]

test('endpoints come with their drivers, bridges apart', async () => {
  const { sysfs, group } = await sharedPort()
  expect(await groupMembers(sysfs, group)).toEqual({ group, endpoints, bridges: [ROOT_PORT] })
})

test.each([
  ['is missing', (config: string) => rmSync(config)],
  ['reads as ff', (config: string) => writeFileSync(config, Buffer.alloc(64, 0xff))],
  ['is empty', (config: string) => writeFileSync(config, '')],
])('where the config space %s, the class tells a bridge', async (_title, spoil) => {
  const { sysfs, group, config } = await sharedPort()
  spoil(config)
  expect(await groupMembers(sysfs, group)).toEqual({ group, endpoints, bridges: [ROOT_PORT] })
})

test('a bridge whose class does not say so is told by its header type', async () => {
  const odd = { ...port('00:1c.0', '8086:a190', 'root', 1, 1), class: '068000' }
  const functions = smallMachine.functions.map((fn) => (fn.address === odd.address ? odd : fn))
  const sysfs = realSysfs(join(await writeSmall({ functions }), 'sys'))
  const group = await groupOf(sysfs, odd.address)
  expect((await groupMembers(sysfs, group ?? -1)).bridges).toEqual([odd.address])
})

test('a device in no group, an unknown device and an unknown group are told as such', async () => {
  const sysfs = realSysfs(join(await writeSmall({ iommu: null }), 'sys'))
  expect(await groupOf(sysfs, GPU)).toBeNull()
  expect(await groupOf(sysfs, at('7b:00.0'))).toBeNull()
  expect(await groupMembers(sysfs, 4711)).toEqual({ group: 4711, endpoints: [], bridges: [] })
})

test('a member that can be told neither way is an error: its group cannot be judged', async () => {
  const { sysfs, group, config } = await sharedPort()
  rmSync(config)
  rmSync(config.replace(/config$/, 'class'))
  await expect(groupMembers(sysfs, group)).rejects.toMatchObject({ code: 'device-class-unreadable' })
})
