/** Whether a function answers: its vendor id, as the kernel reads it. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { at } from '../../src/simulator/machines/rows.ts'
import { answers } from '../../src/vfio/config-space.ts'
import { realSysfs } from '../../src/vfio/sysfs.ts'
import { writeSmall } from '../simulator/small-machine.ts'

const GPU = at('01:00.0')

test.each<[string, boolean, (config: string) => unknown]>([
  ['is as it should be', true, () => {}],
  ['has a vendor that begins with ff', true, (config) => writeFileSync(config, Buffer.from([0x01, 0xff]))],
  ['reads as ones', false, (config) => writeFileSync(config, Buffer.alloc(4096, 0xff))],
  ['ends after one byte', false, (config) => writeFileSync(config, Buffer.from([0xde]))],
  ['is empty', false, (config) => writeFileSync(config, '')],
  ['is not there', false, (config) => rmSync(config)],
])('a function whose config space %s: %s', async (_, answer, spoil) => {
  const dir = await writeSmall({})
  spoil(join(dir, 'sys/bus/pci/devices', GPU, 'config'))
  expect(await answers(realSysfs(join(dir, 'sys')), GPU)).toBe(answer)
})
