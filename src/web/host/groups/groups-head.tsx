/** Above the tree: how many groups there are, what is shown of them, and what to know of the drawing. */
import { Alert, Button, Checkbox } from '@patternfly/react-core'
import type { GroupView, HostView } from '../../api/documents.ts'
import { useMay } from '../../app/rights.ts'
import { counted } from '../../parts/amounts.ts'
import { Legend } from './legend.tsx'
import { AskLibvirt, LibvirtAnswer, useLibvirt } from './libvirt-answer.tsx'
import { nodesOf, type PciNode } from './tree.ts'
import type { Openness } from './use-open.ts'

interface Props {
  readonly view: HostView
  readonly groups: readonly GroupView[]
  readonly all: readonly PciNode[]
  /** Those that are shown. */
  readonly roots: readonly PciNode[]
  readonly opened: Openness
  /** A group that the page's address names, and the host has not got. */
  readonly gone: string | null
  readonly isOffered: boolean
  showOffered(only: boolean): void
}

export function GroupsHead({ view, groups, all, roots, opened, gone, isOffered, showOffered }: Props) {
  const libvirt = useLibvirt(String(view.id))
  const mayAsk = useMay('operator')
  const branches = [...nodesOf(roots)].filter(({ children }) => children.length > 0)
  const allOpen = branches.every(opened.isOpen)
  return (
    <>
      <div className="berth-groups-head">
        <Legend groups={groups} />
        <div className="berth-groups-actions">
          <Checkbox
            id="groups-offered"
            label="Only groups with something offered"
            isChecked={isOffered}
            onChange={(_, checked) => showOffered(checked)}
          />
          <Button variant="link" size="sm" isInline onClick={() => opened.turnAll(branches, !allOpen)}>
            {allOpen ? 'Close all' : 'Open all'}
          </Button>
          {mayAsk && <AskLibvirt asked={libvirt} />}
        </div>
      </div>
      <LibvirtAnswer asked={libvirt} />
      {gone !== null && (
        <Alert isInline variant="info" component="p" title={`The host has no IOMMU group ${gone}`} />
      )}
      <NoGroups groups={groups} />
      <p className="berth-subtle berth-groups-remark">
        What is in one outline goes to a VM only together; bridges do not count.{' '}
        {remarks(view, all).join(' ')}
      </p>
    </>
  )
}

/** Said once, above all, where it is so of all. */
function NoGroups({ groups }: Pick<Props, 'groups'>) {
  if (groups.some(({ group }) => group !== null)) return null
  return (
    <Alert isInline variant="warning" component="p" title="None of its functions is in an IOMMU group">
      Without one nothing of it goes to a VM. <code>berth doctor</code> on the host tells what is missing.
    </Alert>
  )
}

function remarks({ devices }: HostView, all: readonly PciNode[]): readonly string[] {
  const missing = devices.filter(({ state }) => state === 'missing').length
  const isPartial = [...nodesOf(all)].some(isInferred)
  return [
    ...(isPartial
      ? [
          "Bridges that the host's filter leaves out are drawn as the functions behind them tell; their groups are not known.",
        ]
      : []),
    ...(missing > 0 ? [`Left out because missing: ${counted(missing, 'function')}.`] : []),
  ]
}

const isInferred = ({ kind, device }: PciNode): boolean =>
  device === null && !['root', 'bus', 'vfs'].includes(kind)
