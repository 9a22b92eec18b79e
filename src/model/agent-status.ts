/** What `berth agent status` says of an agent on this machine. */
import type { AgentSettings } from './agent-protocol.ts'
import type { HostDriver } from './host.ts'
import type { Order } from './order.ts'

export interface AgentStatus {
  /** The folder of its state. */
  readonly state: string
  readonly running: boolean
  /** Of its process; null = it does not run. */
  readonly pid: number | null
  readonly server: string
  readonly host: { readonly id: number; readonly name: string }
  readonly cluster: string
  readonly driver: HostDriver
  readonly uri: string
  /** When the controller answered last, in ms since the epoch by this machine's clock; null = never. */
  readonly heardAt: number | null
  /** As the controller told them; null = it has not yet. */
  readonly settings: AgentSettings | null
  /** What is still to be told, by kind. */
  readonly waiting: Readonly<Record<string, number>>
  /** Orders under way. */
  readonly orders: readonly {
    readonly id: number
    readonly attempt: number
    readonly kind: Order['kind']
    /** `VM 3`, or a device's address. */
    readonly about: string
  }[]
}
