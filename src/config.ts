/** The configuration: environment variables, read once, with their defaults. */
import { dirname, join } from 'node:path'
import { InvalidInput } from './model/errors.ts'
import type { PlacementPolicy } from './model/snapshot.ts'

export interface Config {
  /** A SQLite file's path or a `postgres://` URL. */
  readonly database: string
  /** Where simulated hosts' folders are made. */
  readonly simulatedHosts: string
  /** Roots of this host's kernel files. */
  readonly sysfs: string
  readonly proc: string
  readonly virsh: string
  /** The PCI ID database; null = where distributions put it. */
  readonly pciIds: string | null
  readonly policy: PlacementPolicy
  /** Seconds between two cycles of `serve`. */
  readonly intervalSeconds: number
  /** Seconds without a word from its agent after which a host is silent. */
  readonly silentAfterSeconds: number
  /** Where `serve` listens, as `parseListen` reads it; null = it was not said. */
  readonly listen: string | null
  readonly tlsCert: string | null
  readonly tlsKey: string | null
  /** Folder for a certificate that was made here, and for where the controller listens. */
  readonly state: string
  /** Where this machine's agent keeps what it joined and what it remembers. */
  readonly agentState: string
  /** What tells an agent of devices that come and go. */
  readonly udevadm: string
  /** What `serve` and `agent` log: lines for people, or JSON lines. */
  readonly logFormat: 'plain' | 'json'
  /** The least that is logged. */
  readonly logLevel: 'debug' | 'info' | 'error'
}

type Environment = Readonly<Record<string, string | undefined>>

/** `database` is what `--db` says, null = the environment's or `berth.db`. Throws InvalidInput `configuration`. */
export function readConfig(environment: Environment, database: string | null): Config {
  const db = database ?? environment.BERTH_DB ?? 'berth.db'
  requireDatabase(db)
  return {
    database: db,
    simulatedHosts:
      environment.BERTH_SIMULATED_HOSTS ?? join(db.includes('://') ? '.' : dirname(db), 'berth-simulated'),
    sysfs: environment.BERTH_SYSFS ?? '/sys',
    proc: environment.BERTH_PROC ?? '/proc',
    virsh: environment.BERTH_VIRSH ?? 'virsh',
    pciIds: environment.BERTH_PCI_IDS ?? null,
    policy: policy(environment.BERTH_POLICY),
    intervalSeconds: seconds('BERTH_INTERVAL', environment.BERTH_INTERVAL, 10),
    silentAfterSeconds: seconds('BERTH_SILENT_AFTER', environment.BERTH_SILENT_AFTER, 60),
    listen: environment.BERTH_LISTEN ?? null,
    tlsCert: environment.BERTH_TLS_CERT ?? null,
    tlsKey: environment.BERTH_TLS_KEY ?? null,
    state: environment.BERTH_STATE ?? join(db.includes('://') ? '.' : dirname(db), 'berth-tls'),
    agentState: environment.BERTH_AGENT_STATE ?? '/var/lib/berth-agent',
    udevadm: environment.BERTH_UDEVADM ?? 'udevadm',
    logFormat: oneOf('BERTH_LOG', environment.BERTH_LOG, ['plain', 'json']),
    logLevel: oneOf('BERTH_LOG_LEVEL', environment.BERTH_LOG_LEVEL, ['info', 'debug', 'error']),
  }
}

/** SQLite would take an empty name for a database that is gone afterwards, and any other URL for a path. */
function requireDatabase(text: string): void {
  if (text !== '' && (!text.includes('://') || /^postgres(?:ql)?:\/\//.test(text))) return
  throw new InvalidInput(
    'configuration',
    `the database (--db, BERTH_DB) is '${text.replace(/\/\/[^@]*@/, '//***@')}'; it must be a file's path or a postgres:// URL`,
    { variable: 'BERTH_DB' },
  )
}

function policy(text: string | undefined): PlacementPolicy {
  if (text === undefined || text === 'pack') return 'pack'
  if (text === 'spread') return 'spread'
  throw new InvalidInput('configuration', `BERTH_POLICY is '${text}'; it must be 'pack' or 'spread'`, {
    variable: 'BERTH_POLICY',
  })
}

/** The first where nothing is said. */
function oneOf<T extends string>(
  variable: string,
  text: string | undefined,
  values: readonly [T, ...T[]],
): T {
  const value = text === undefined ? values[0] : values.find((one) => one === text)
  if (value !== undefined) return value
  throw new InvalidInput(
    'configuration',
    `${variable} is '${text}'; it must be one of ${values.join(', ')}`,
    {
      variable,
    },
  )
}

function seconds(variable: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidInput(
    'configuration',
    `${variable} is '${text}'; it must be a number of seconds above 0`,
    { variable },
  )
}
