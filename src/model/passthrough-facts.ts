/** What of a function decides how well it can be passed to a guest, beside its place and driver: read by the probe, judged by diagnosis.ts. */
import type { Address } from './address.ts'

/** Null = it could not be read. */
export interface PassthroughFacts {
  /** The bridge that it hangs on; null = it is on a root bus, or the tree does not tell. */
  readonly upstream: Address | null
  /** Has Access Control Services (PCI Express Base 6.12), or is a switch's upstream port, which needs none. */
  readonly acs: boolean | null
  /** Announces function level reset. */
  readonly flr: boolean | null
  /** The kernel has some way to reset it. */
  readonly resettable: boolean
  /** Bytes of BAR 0 to 5, 0 = not there; read only where MSI-X lies in them. */
  readonly barSizes: readonly number[] | null
  /** Can interrupt by message: MSI or MSI-X. */
  readonly msi: boolean | null
  /** The legacy interrupt line that it is on as long as it does not interrupt by message; null = none, or it does. */
  readonly irq: number | null
  /** Has an expansion ROM. */
  readonly rom: boolean
  /** The firmware demands memory mapped one to one for its IOMMU group (Intel's RMRR, AMD's IVMD). */
  readonly reservedMemory: boolean | null
}
