/** Capabilities in real configuration spaces, against what lspci reads in the same dumps. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Capabilities, readCapabilities } from '../../../probes/pci/capability.ts'
import { dataFile, hasData, isInstalled, readData } from '../../support/shared-data.ts'

interface Dumped {
  readonly slot: string
  readonly space: Uint8Array
}

/** `lspci -xxxx`: a line with the slot, then lines of an offset and 16 bytes. */
function parseDump(text: string): readonly Dumped[] {
  const found: { slot: string; bytes: number[] }[] = []
  for (const line of text.split('\n')) {
    const slot = /^((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) /.exec(line)?.[1]
    if (slot !== undefined) found.push({ slot, bytes: [] })
    const [, offset, bytes] = /^([0-9a-f]{2,3}): ((?:[0-9a-f]{2} ?){16})/.exec(line) ?? []
    const last = found.at(-1)
    if (offset === undefined || bytes === undefined || last === undefined) continue
    for (const [index, byte] of bytes.trim().split(' ').entries())
      last.bytes[parseInt(offset, 16) + index] = parseInt(byte, 16)
  }
  return found.map(({ slot, bytes }) => ({ slot, space: Uint8Array.from(bytes, (byte) => byte ?? 0) }))
}

function capabilitiesOf(space: Uint8Array): Capabilities | null {
  return readCapabilities((offset, length) => {
    const part = space.slice(offset, offset + length)
    return new DataView(part.buffer)
  })
}

/** Slot to what lspci prints of it. */
function lspciSays(file: string): ReadonlyMap<string, string> {
  const { stdout } = spawnSync('lspci', ['-n', '-vvv', '-F', dataFile(file)], { encoding: 'utf8' })
  return new Map(
    stdout
      .split(/\n\n/)
      .map((block) => block.trim())
      .filter((block) => block !== '')
      .map((block) => [block.split(' ')[0] ?? '', block]),
  )
}

/** What lspci's text says, in our words. */
function asCapabilities(text: string) {
  const serial = /Device Serial Number ([0-9a-f-]+)/.exec(text)?.[1]?.replaceAll('-', '') ?? null
  const [, count] = /MSI-X: Enable[+-] Count=(\d+)/.exec(text) ?? []
  const place = (name: string) => new RegExp(`${name}: BAR=(\\d) offset=([0-9a-f]+)`).exec(text)
  const [, tableBar, tableOffset] = place('Vector table') ?? []
  const [, pbaBar, pbaOffset] = place('PBA') ?? []
  return {
    pcie: /\] Express/.test(text),
    flr: /FLReset\+|AFCap: TP[+-] FLR\+/.test(text),
    sriov: /Single Root I\/O Virtualization/.test(text),
    acs: /Access Control Services/.test(text),
    serial: serial === null || /^(0+|f+)$/.test(serial) ? null : serial,
    msix:
      count === undefined
        ? null
        : {
            vectors: Number(count),
            tableBar: Number(tableBar),
            tableOffset: parseInt(tableOffset ?? '', 16),
            pbaBar: Number(pbaBar),
            pbaOffset: parseInt(pbaOffset ?? '', 16),
          },
  }
}

const FOLDER = 'pciutils'
const skip = !hasData(FOLDER) || !isInstalled('lspci')

describe('dumps of real devices', () => {
  // `broken-ecaps` has a list that leads out of the space; lspci's own remedy differs between versions.
  const files = skip ? ['(none)'] : readdirSync(dataFile(FOLDER)).filter((name) => name !== 'broken-ecaps')

  test.skipIf(skip).each(files)(
    '%s reads as lspci reads it (skipped without shared data or lspci)',
    (name) => {
      const dumped = parseDump(readData(`${FOLDER}/${name}`))
      const said = lspciSays(`${FOLDER}/${name}`)
      expect(dumped.length).toBeGreaterThan(0)
      for (const { slot, space } of dumped) {
        const found = capabilitiesOf(space)
        const text = said.get(slot.replace(/^0000:/, '')) ?? said.get(slot)
        if (found === null || text === undefined) throw new Error(`${slot} was not read`)
        const { pcie, flr, sriov, acs, serial, msix } = found
        const { overlap: _, ...places } = msix ?? { overlap: null }
        // What the dump does not reach, lspci takes for absent.
        expect(
          {
            pcie: pcie ?? false,
            flr: flr ?? false,
            sriov: sriov ?? false,
            acs: acs ?? false,
            serial,
            msix: msix && places,
          },
          `${name} ${slot}`,
        ).toEqual(asCapabilities(text))
      }
    },
  )

  test.skipIf(skip)('a broken list ends (skipped without shared data or lspci)', () => {
    for (const { space } of parseDump(readData(`${FOLDER}/broken-ecaps`)))
      expect(capabilitiesOf(space)).not.toBeNull()
  })
})

describe('MSI-X', () => {
  const space = (table: number, pba: number, vectors: number) => {
    const bytes = new DataView(new ArrayBuffer(256))
    bytes.setUint8(0x06, 0x10)
    bytes.setUint8(0x34, 0x40)
    bytes.setUint8(0x40, 0x11)
    bytes.setUint16(0x42, vectors - 1, true)
    bytes.setUint32(0x44, table, true)
    bytes.setUint32(0x48, pba, true)
    return new Uint8Array(bytes.buffer)
  }

  test.each([
    ['pending bits inside the table', 0x2000, 0x2100, 22, true],
    ['pending bits right after the table', 0x2000, 0x2160, 22, false],
    ['pending bits whose last word reaches the table', 0x1008, 0x1000, 65, true],
    ['pending bits that end where the table begins', 0x1008, 0x1000, 64, false],
    ['the same offsets in two BARs', 0x2000, 0x2001, 22, false],
  ])('%s', (_, table, pba, vectors, overlap) => {
    expect(capabilitiesOf(space(table, pba, vectors))?.msix?.overlap).toBe(overlap)
  })
})

test.each([
  ['0000000000000000', new Uint8Array(8)],
  ['ffffffffffffffff', new Uint8Array(8).fill(0xff)],
])('the serial number %s tells nothing', (_, bytes) => {
  const space = new Uint8Array(4096)
  space.set([0x10], 0x06)
  space.set([0x40], 0x34)
  space.set([0x10], 0x40)
  space.set([0x03, 0x00, 0x01, 0x00, ...bytes], 0x100)
  expect(capabilitiesOf(space)?.serial).toBeNull()
})
