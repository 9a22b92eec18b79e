/** What of a function's raw files diagnosis rests on: pure. */
import { parseAddress } from '../../src/model/address.ts'
import type { PassthroughFacts } from '../../src/model/passthrough-facts.ts'
import type { RawFunction } from './raw-function.ts'

/** A switch's upstream port: as long as it is one function it passes nothing between devices (drivers/pci/pci.c, pci_acs_enabled). */
const UPSTREAM_PORT = 5

/** All but what its IOMMU group tells, which reserved-memory.ts adds. */
export function passthroughFacts(raw: RawFunction): PassthroughFacts {
  const { capabilities, path, irq } = raw
  return {
    upstream: parseAddress(path?.split('/').at(-2) ?? ''),
    acs: capabilities?.portType === UPSTREAM_PORT ? true : (capabilities?.acs ?? null),
    flr: capabilities?.flr ?? null,
    resettable: raw.resettable,
    barSizes: raw.resource === null ? null : barSizes(raw.resource),
    msi: capabilities?.msi ?? null,
    // 0 = the firmware gave it none.
    irq: irq !== null && /^[1-9]\d{0,9}$/.test(irq) ? Number(irq) : null,
    rom: raw.rom,
    reservedMemory: null,
  }
}

/**
 * Bytes of BAR 0 to 5: `resource` has a line each, first and last address and flags (Documentation/PCI/sysfs-pci.rst).
 * The upper half of a 64-bit BAR has none of its own. Null where the file is another.
 */
function barSizes(text: string): readonly number[] | null {
  const lines = text.split('\n').slice(0, 6)
  const sizes = lines.map((line) => {
    const [, first, last, flags] = /^(0x[0-9a-f]+) (0x[0-9a-f]+) (0x[0-9a-f]+)$/i.exec(line) ?? []
    if (first === undefined || last === undefined || flags === undefined) return null
    return BigInt(flags) === 0n ? 0 : Number(BigInt(last) - BigInt(first) + 1n)
  })
  const known = sizes.filter((size): size is number => size !== null && size >= 0)
  return known.length === 6 ? known : null
}
