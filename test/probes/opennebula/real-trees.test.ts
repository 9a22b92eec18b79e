/** The drop-in on sysfs trees of real machines prints what OpenNebula's own probe would, but for what is unsound there. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dropIn } from '../../../probes/opennebula/drop-in.ts'
import { dataFile, hasData, isInstalled, type UnpackedTree, unpackTree } from '../../support/shared-data.ts'
import { type OriginalConf, originalBlocks } from './original.ts'

const TREES = ['ghw', 'hwloc'].flatMap((folder) =>
  hasData(folder) ? readdirSync(dataFile(folder)).map((name) => `${folder}/${name}`) : [`${folder}/(none)`],
)

/** Its functions have no `vendor` file: there lspci ends without a word, and the original reports nothing. */
const LSPCI_ENDS_AT_MISSING_FILE = 'hwloc/nvidiagpunumanodes.tar.bz2'

const CONFS: readonly (readonly [text: string, conf: OriginalConf])[] = [
  [":filter: '*:*'", { filter: '*:*' }],
  [':filter:', { filter: null }],
  [":filter: '0:0'", { filter: '0:0' }],
  [":filter: ''", { filter: '' }],
  [":nvidia_vendors: ['10de']", { filter: '0:0' }],
  [":filter: '8086::0604'", { filter: '8086::0604' }],
  [":filter: ['10de:*', '8086::0604', '::0200']", { filter: ['10de:*', '8086::0604', '::0200'] }],
  [":filter: '::0106,::02xx, 10de:'", { filter: '::0106,::02xx, 10de:' }],
  [":filter: ['0x8086:', '8086', 'zz:', '::0200']", { filter: ['0x8086:', '8086', 'zz:', '::0200'] }],
  [":filter: ['::0604', '8086:*', '*:*']", { filter: ['::0604', '8086:*', '*:*'] }],
  [
    ":filter: '*:*'\n:short_address: ['00:1f.2', '01:00.0', '0000:00:1f.3']",
    { filter: '*:*', shortAddress: ['00:1f.2', '01:00.0', '0000:00:1f.3'] },
  ],
  [
    ":filter: '*:*'\n:device_name: ['^ethernet', 'Controller$', 'usb.*host']",
    { filter: '*:*', deviceName: ['^ethernet', 'Controller$', 'usb.*host'] },
  ],
  [":filter: '*:*'\n:nvidia_vendors: []", { filter: '*:*', nvidiaVendors: [] }],
  [":filter: '*:*'\n:nvidia_vendors: ['8086', '10de']", { filter: '*:*', nvidiaVendors: ['8086', '10de'] }],
]

/** Overlapping filters give a device twice: the core drops the second block, so only the datagram grows. */
const eachOnce = (blocks: readonly string[]) => [...new Set(blocks)]

/** The original prints a double quote in a value as it is, and the core refuses the whole host's update. */
const withoutInnerQuotes = (block: string) =>
  block.replace(
    /^( \w+ = ")(.*)(" ,?)$/gm,
    (_, before, value, after) => before + value.replaceAll('"', "'") + after,
  )

describe.each(TREES)('%s', (archive) => {
  const skip = !hasData(archive) || !['tar', 'bzip2', 'lspci'].every(isInstalled)
  let tree: UnpackedTree | null = null
  beforeAll(() => {
    if (!skip) tree = unpackTree(archive)
  })
  afterAll(() => tree?.remove())

  test.skipIf(skip).each(CONFS)('%j (skipped without shared data or lspci)', async (text, conf) => {
    const sysfs = tree?.sysfs ?? ''
    const config = join(sysfs, 'pci.conf')
    writeFileSync(config, `${text}\n`)
    let printed = ''
    await dropIn(['--sysfs', sysfs, '--config', config], '', {
      stdout: (output) => {
        printed += output
      },
      stderr: () => {},
    })
    const expected = eachOnce(originalBlocks(sysfs, conf)).map(withoutInnerQuotes)
    if (archive === LSPCI_ENDS_AT_MISSING_FILE) return expect(expected).toEqual([])
    expect(printed).toBe(expected.join(''))
    if (text === ":filter: '*:*'") expect(expected.length).toBeGreaterThan(2)
  })
})
