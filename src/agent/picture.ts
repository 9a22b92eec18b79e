/** The host as its probes saw it last, in the pieces of a report: each with its JSON and its hash. */
import { REPORT_SECTIONS, type ReportSection, type SectionBodies } from '../model/agent-protocol.ts'
import { digest } from './digest.ts'

export interface Picture {
  /** The host's own name and boot. */
  readonly host: string
  readonly bootId: string | null
  /** When the domains were asked for, by the monotonic clock. */
  readonly observedAt: number
  readonly sections: SectionBodies
  readonly hashes: Readonly<Record<ReportSection, string>>
  /** What went wrong without stopping the probes; the last is why the domains are not known, where they are not. */
  readonly warnings: readonly string[]
}

/** What one probe found. */
export type FoundPieces = { readonly [S in ReportSection]?: SectionBodies[S] | undefined }

export interface Pieces {
  /** Takes in what a probe found. True = something of it is not as it was. */
  put(found: FoundPieces): boolean
  /** Null = not every piece was probed yet. `unknown`: the domains are not to be compared, whatever was found of them. */
  all(unknown: boolean): Pick<Picture, 'sections' | 'hashes'> | null
}

const hashOf = (body: unknown): string => digest(JSON.stringify(body))

export function createPieces(): Pieces {
  let bodies: FoundPieces = {}
  let hashes: Partial<Record<ReportSection, string>> = {}
  return {
    put: (found) => {
      const names = REPORT_SECTIONS.filter((name) => found[name] !== undefined)
      const fresh = Object.fromEntries(names.map((name) => [name, hashOf(found[name])]))
      const changed = names.some((name) => fresh[name] !== hashes[name])
      bodies = { ...bodies, ...found }
      hashes = { ...hashes, ...fresh }
      return changed
    },
    all: (unknown) => {
      if (!isWhole(bodies) || !hasAll(hashes)) return null
      if (!unknown) return { sections: bodies, hashes }
      return {
        sections: { ...bodies, domains: null },
        hashes: { ...hashes, domains: hashOf(null) },
      }
    },
  }
}

const isWhole = (bodies: FoundPieces): bodies is SectionBodies =>
  REPORT_SECTIONS.every((name) => bodies[name] !== undefined)

const hasAll = (hashes: Partial<Record<ReportSection, string>>): hashes is Record<ReportSection, string> =>
  REPORT_SECTIONS.every((name) => hashes[name] !== undefined)
