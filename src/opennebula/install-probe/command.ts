/** `berth opennebula install-probe`: reads the arguments, installs or takes back, says what was done and what to do next. */
import { BerthError } from '../../model/errors.ts'
import { readArguments, wrongUsage } from '../arguments.ts'
import type { OpenNebulaIo } from '../command.ts'
import { changing } from '../files.ts'
import { type Done, installProbe } from './install.ts'
import { findPlaces } from './places.ts'
import { composeProbe } from './program.ts'
import { takeBack } from './undo.ts'

const HELP = `Usage: berth opennebula install-probe DIR [--iommu] [--node PATH]
       berth opennebula install-probe DIR --undo

Puts Berth's PCI probe into DIR, the remotes folder of an OpenNebula front-end (/var/lib/one/remotes), in place of
OpenNebula's own, which is kept beside and runs on hosts without Node. Run it as oneadmin, or as root: owners stay.

  --iommu      report IOMMU group, its members, driver, resets and PF of each device as extra keys
  --node PATH  Node on the hosts, an absolute path (default: the first node in their PATH)
  --undo       put OpenNebula's own probe back, as it was
  -h, --help   print this help

Examples:
  $ berth opennebula install-probe /var/lib/one/remotes
  $ berth opennebula install-probe /var/lib/one/remotes --iommu --node /usr/local/bin/node
  $ berth opennebula install-probe /var/lib/one/remotes --undo
`

const NEXT = 'Now let the hosts have it, as oneadmin: onehost sync --force\n'

/** Exit status: 0 done, or nothing was to do; 1 refused or failed; 2 wrong usage. */
export async function installProbeCommand(argv: readonly string[], io: OpenNebulaIo): Promise<number> {
  const options = readOptions(argv)
  if (typeof options === 'string') return wrongUsage('install-probe', options, io.stderr)
  if (options.help) {
    io.stdout(HELP)
    return 0
  }
  try {
    const done = carryOut(options, io)
    io.stdout(done.map(({ message }) => `${message}\n`).join(''))
    if (done.some(({ changed }) => changed)) io.stdout(NEXT)
    return 0
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    io.stderr(`berth opennebula install-probe: ${error.message}\n`)
    return 1
  }
}

interface Options {
  readonly dir: string
  readonly undo: boolean
  readonly iommu: boolean
  readonly node: string | null
  readonly help: boolean
}

/** All places are looked at before the first is changed. */
function carryOut({ dir, undo, iommu, node }: Options, io: OpenNebulaIo): readonly Done[] {
  const places = changing(dir, findPlaces)
  if (undo) return places.map((place) => changing(place.system, () => takeBack(place)))
  const program = composeProbe(io.distFile('opennebula-probe.cjs'), { iommu, node })
  return places.map((place) => changing(place.system, () => installProbe(place, program)))
}

/** The options, or what is wrong with them. */
function readOptions(argv: readonly string[]): Options | string {
  const parsed = readArguments(argv, {
    undo: { type: 'boolean', default: false },
    iommu: { type: 'boolean', default: false },
    node: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (typeof parsed === 'string') return parsed
  const { undo, iommu, node, help } = parsed.values
  const [dir = '', ...more] = parsed.positionals
  if (!help && (dir === '' || more.length > 0)) return 'expected one DIR, the remotes folder'
  if (undo && (iommu || node !== undefined)) return '--undo goes with no other option'
  if (node !== undefined && !/^\/[^\0\n\r]*$/.test(node))
    return `--node ${node}: expected an absolute path, as the hosts have it`
  // It stands within a comment of the program's other language.
  if (node?.includes('*/')) return `--node ${node}: a path with */ in it cannot be used`
  return { dir, undo, iommu, node: node ?? null, help }
}
