/** The file that is installed: one program in two languages, a shell's head that finds Node, and the bundled probe behind it. */
import { readFileSync } from 'node:fs'
import { CommandFailed } from '../../model/errors.ts'

export interface ProgramOptions {
  readonly iommu: boolean
  /** Node's absolute path on the hosts; null = whatever their PATH has. */
  readonly node: string | null
}

/** Stands in the head of every version: how an installed probe is known as Berth's. */
const MARK = '# Berth PCI probe for OpenNebula'

/** The whole text. CommandFailed `bundle-missing` where Berth's own files are not complete. */
export function composeProbe(bundle: string, options: ProgramOptions): string {
  return head(options) + readBundle(bundle)
}

/** Whether a file's text begins as an installed probe does. */
export function isBerthProbe(text: string): boolean {
  return text.startsWith(`#!/bin/sh\n':' /*\n${MARK}\n`)
}

function readBundle(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandFailed(
      'bundle-missing',
      `${file}, the bundled probe, cannot be read: build Berth (npm run build) or install it again`,
      { file },
      error,
    )
  }
}

/**
 * To sh the second line is a command that does nothing, and it never gets past the last `exit`; to Node the first line
 * is a hashbang and the rest, to the end of the comment, a comment. A program that ends with another status than 0
 * puts the host in ERROR, so Node's absence, its age or a defect must not show: OpenNebula's own probe runs instead.
 * While that lies executable beside this one, as after an upgrade of OpenNebula, only that one speaks.
 */
function head({ iommu, node }: ProgramOptions): string {
  const program = node === null ? 'node' : `'${node.replaceAll("'", "'\\''")}'`
  return `#!/bin/sh
':' /*
${MARK}
# Put here by "berth opennebula install-probe DIR"; "--undo" brings OpenNebula's own back.
here=\${0%/[!/]*}
[ "$here" = "$0" ] && here=.
if [ -x "$here/pci.rb" ]; then
  echo "berth pci probe: $here/pci.rb is back and reports in its place; run berth opennebula install-probe again" >&2
  exit 0
fi
${program} "$0" ${iommu ? '--iommu ' : ''}"$@"
status=$?
[ $status -eq 0 ] && exit 0
for own in "$here/../berth-original/pci.rb" "$here/../berth-original/pci"; do
  if [ -x "$own" ]; then
    echo "berth pci probe: node ended with status $status; OpenNebula's own probe reports" >&2
    "$own" "$@" || echo "berth pci probe: $own ended with status $?; no device is reported" >&2
    exit 0
  fi
done
echo "berth pci probe: node ended with status $status; no device is reported" >&2
exit 0
*/
`
}
