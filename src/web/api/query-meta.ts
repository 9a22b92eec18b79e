/** What is said of each reading: after which changes it is old, and whether a part of it can be read anew. */
import type { QueryClient } from '@tanstack/react-query'

/** As `GET /v1/events` names them; an order's subject is its host. */
export type ChangeKind = 'vm' | 'host' | 'order' | 'template'

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      /** Read again when one of these changes. */
      readonly changesWith?: readonly ChangeKind[]
      /** Reads these hosts, by id, in place of all (pace.ts). */
      readonly readHosts?: (queries: QueryClient, hosts: readonly number[]) => Promise<void>
    }
  }
}
