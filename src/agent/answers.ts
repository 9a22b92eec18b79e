/** The door for what a controller answers: checked before anything relies on it, since orders touch devices. */
import {
  type AgentSettings,
  DEFAULT_PERIODS,
  type Errand,
  type ErrandKind,
  type HandedOrder,
  type HelloAnswer,
  type JoinAnswer,
  type MessagesAnswer,
  type PollAnswer,
} from '../model/agent-protocol.ts'
import { CommandFailed } from '../model/errors.ts'
import type { JournalEntry, Order } from '../model/order.ts'

type Fields = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isText = (value: unknown): value is string => typeof value === 'string'
const isList = <T>(value: unknown, is: (one: unknown) => one is T): value is readonly T[] =>
  Array.isArray(value) && value.every(is)

/** One of another controller than this agent's, or of a version that means something else by it. CommandFailed `agent-answer`. */
function read<T>(what: string, value: unknown, is: (value: unknown) => value is T): T {
  if (is(value)) return value
  throw new CommandFailed(
    'agent-answer',
    `the controller's answer to ${what} is none that this version of Berth understands; are both of the same version?`,
    { what },
  )
}

export const readJoin = (value: unknown): JoinAnswer => read('join', value, isJoin)
export const readHello = (value: unknown): HelloAnswer => read('hello', value, isHello)
export const readMessages = (value: unknown): MessagesAnswer => read('messages', value, isMessages)
export const readPoll = (value: unknown): PollAnswer => read('poll', value, isPoll)
/** As they were written down; what cannot be read is taken for none. */
export const readSettings = (value: unknown): AgentSettings | null => (isSettings(value) ? value : null)

const isJoin = (value: unknown): value is JoinAnswer =>
  isRecord(value) &&
  isRecord(value.host) &&
  isCount(value.host.id) &&
  isText(value.host.name) &&
  isText(value.credential) &&
  isText(value.cluster)

const isHello = (value: unknown): value is HelloAnswer =>
  isRecord(value) && isText(value.cluster) && isSettings(value.settings) && isCount(value.now)

const isMessages = (value: unknown): value is MessagesAnswer => isRecord(value) && isCount(value.taken)

const isPoll = (value: unknown): value is PollAnswer =>
  isRecord(value) &&
  isCount(value.now) &&
  (value.settings === null || isSettings(value.settings)) &&
  isList(value.orders, isHanded) &&
  isList(value.errands, isErrand) &&
  (value.ended === undefined || isList(value.ended, isCount)) &&
  typeof value.full === 'boolean'

const isPeriod = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value > 0

function isSettings(value: unknown): value is AgentSettings {
  if (!isRecord(value) || !isRecord(value.periods)) return false
  const { periods } = value
  return (
    (value.filter === null || isText(value.filter)) &&
    Object.keys(DEFAULT_PERIODS).every((name) => isPeriod(periods[name]))
  )
}

const isHanded = (value: unknown): value is HandedOrder =>
  isRecord(value) &&
  isOrder(value.order) &&
  isCount(value.attempt) &&
  isList(value.journal, isEntry) &&
  isList(value.giving, isEntry)

const isEntry = (value: unknown): value is JournalEntry =>
  isRecord(value) && isText(value.step) && isText(value.state) && isRecord(value.facts)

const OF_VMS: ReadonlySet<unknown> = new Set(['deploy', 'release', 'attach', 'detach'])
const OF_DEVICES: ReadonlySet<unknown> = new Set(['bind', 'sriov'])

/** What every kind has; what a kind has beside is checked where the order is carried out, before anything is touched. */
function isOrder(value: unknown): value is Order {
  if (!isRecord(value) || !isCount(value.id) || !isCount(value.host) || !isText(value.cluster)) return false
  if (!isList(value.devices, isDevice)) return false
  if (OF_DEVICES.has(value.kind)) return value.devices.length === 1
  return OF_VMS.has(value.kind) && isCount(value.vm) && isCount(value.epoch)
}

const isDevice = (value: unknown): value is Fields => isRecord(value) && isText(value.address)

const ERRANDS: readonly ErrandKind[] = ['probe', 'libvirt', 'prepare']

const isErrand = (value: unknown): value is Errand =>
  isRecord(value) && isCount(value.id) && ERRANDS.some((kind) => kind === value.kind)
