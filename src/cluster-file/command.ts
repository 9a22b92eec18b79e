/** `berth plan FILE`: reads the file, plans, prints; beside the command line's other commands, without a database. */
import { parseArgs } from 'node:util'
import { InvalidInput, NotFound } from '../model/errors.ts'
import type { PlacementPolicy } from '../model/snapshot.ts'
import { usbNumbersText } from '../model/usb-device.ts'
import { jsonOf, type PlanOutput, type PlanRejection } from './output.ts'
import { planFile } from './plan.ts'

export interface PlanIo {
  /** UTF-8 text of a file, `-` = standard input. NotFound or InvalidInput, which name the file, where it cannot be read. */
  readFile(path: string): Promise<string>
  stdout(text: string): void
  stderr(text: string): void
}

const USAGE = `Usage: berth plan FILE [--json] [--policy pack|spread]

Plans a cluster described in a JSON file ("-" = standard input), without a database.

  -j, --json       print the plan as one JSON document ("berth schema plan")
  --policy POLICY  pack (default: least waste) or spread (least used hosts first)
  -h, --help       print this help

Examples:
  $ berth plan cluster.json
  $ berth plan cluster.json --json
  $ berth plan - --policy spread < cluster.json

cluster.json:
  { "hosts": [ { "id": 0, "name": "kvm-a", "devices": [
        { "address": "0000:3b:00.0", "vendor": "10de", "device": "20b0", "class": "0302", "iommuGroup": 12 } ] } ],
    "vms": [ { "id": 1, "template": "PCI = [ VENDOR = \\"10de\\" ]" } ] }

All that a file can say: "berth schema cluster".
`

/** Different reasons that are printed for one VM, and hosts that are named with each; the document has all. */
const REASONS_SHOWN = 10
const HOSTS_NAMED = 3

interface Options {
  readonly help: boolean
  readonly json: boolean
  readonly policy: PlacementPolicy
  readonly file: string
}

/** Exit status: 0 planned (whatever was refused), 1 unreadable file or bad document, 2 wrong usage. */
export async function runPlan(argv: readonly string[], io: PlanIo): Promise<number> {
  const options = readOptions(argv)
  if (typeof options === 'string') {
    io.stderr(`berth plan: ${options}\n(--help tells how it is used)\n`)
    return 2
  }
  if (options.help) {
    io.stdout(USAGE)
    return 0
  }
  const source = options.file === '-' ? 'standard input' : options.file
  try {
    const text = await io.readFile(options.file)
    const plan = planned(source, text, options.policy)
    for (const part of options.json ? jsonOf(plan) : textOf(plan)) io.stdout(part)
    return 0
  } catch (error) {
    if (!(error instanceof InvalidInput) && !(error instanceof NotFound)) throw error
    io.stderr(`berth plan: ${error.message}\n`)
    return 1
  }
}

/** What is wrong with the document is told with the file's name. */
function planned(source: string, text: string, policy: PlacementPolicy): PlanOutput {
  try {
    return planFile(text, policy)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    throw new InvalidInput(error.code, `${source}: ${error.message}`, error.facts, error)
  }
}

/** The options, or what is wrong with them. */
function readOptions(argv: readonly string[]): Options | string {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(argv)
  } catch (error) {
    // Node adds a hint at `--`, which nobody needs here.
    if (error instanceof TypeError) return error.message.replace(/\. To specify a positional.*/s, '')
    throw error
  }
  const { values, positionals } = parsed
  const { policy, help, json } = values
  if (policy !== 'pack' && policy !== 'spread') return `--policy ${policy}: expected pack or spread`
  const [file = '', ...more] = positionals
  if (!help && (file === '' || more.length > 0)) return 'expected one FILE'
  return { help, json, policy, file }
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', short: 'j', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      policy: { type: 'string', default: 'pack' },
    },
  })
}

/** Hosts with the same reason stand in one line. */
function* reasonsText(reasons: PlanRejection['reasons']): Iterable<string> {
  const hosts = new Map<string, number[]>()
  for (const { host, code, message } of reasons) {
    const words = `${message} [${code}]`
    const same = hosts.get(words)
    if (same === undefined) hosts.set(words, [host])
    else same.push(host)
  }
  for (const [words, same] of [...hosts].slice(0, REASONS_SHOWN)) yield `  ${listHosts(same)}: ${words}\n`
  const more = hosts.size - REASONS_SHOWN
  if (more > 0) yield `  and ${more} more reasons (--json has them all)\n`
}

function listHosts(hosts: readonly number[]): string {
  const named = hosts.slice(0, HOSTS_NAMED).join(', ')
  const more = hosts.length - HOSTS_NAMED
  return `${hosts.length === 1 ? 'host' : 'hosts'} ${named}${more > 0 ? ` and ${more} more` : ''}`
}

function* textOf(plan: PlanOutput): Iterable<string> {
  for (const { vm, host, devices, usb = [] } of plan.placements) {
    const given = [
      ...devices.map(({ request, address }) => `${address} (PCI ${request})`),
      ...usb.map((device) => `${usbNumbersText(device)} at ${device.port} (USB ${device.request})`),
    ].join(', ')
    yield `VM ${vm}: host ${host}${given === '' ? '' : `: ${given}`}\n`
  }
  let waiting = 0
  for (const { vm, message, reasons } of plan.rejections) {
    waiting += 1
    yield `VM ${vm}: waiting. ${message}\n`
    yield* reasonsText(reasons)
  }
  yield `${plan.placements.length} placed, ${waiting} waiting\n`
}
