/** One row of the tree: a root complex, a bridge, a function, or the virtual functions of one. */
import AngleRightIcon from '@patternfly/react-icons/dist/esm/icons/angle-right-icon'
import { memo } from 'react'
import type { DeviceView, GroupView } from '../../api/documents.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { Rails } from '../../parts/rails.tsx'
import type { Band } from './bands.ts'
import { GroupStateLabel } from './group-state.tsx'
import { NodeName } from './node-name.tsx'
import type { TreeRow } from './rows.ts'
import type { PciNode } from './tree.ts'

interface Props {
  readonly row: TreeRow<DeviceView>
  readonly band: Band | null
  /** Of the row's device; null = it has none, or the inventory tells none. */
  readonly group: GroupView | null
  readonly isSelected: boolean
  readonly isReached: boolean
}

/** There may be hundreds: what changes of the tree is drawn anew, row by row. */
export const TreeRowShown = memo(function TreeRowShown(props: Props) {
  const { row, band, group, isSelected, isReached } = props
  const { node, level, position, size, isOpen } = row
  return (
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={size}
      aria-expanded={isOpen ?? undefined}
      aria-selected={group === null ? undefined : isSelected}
      tabIndex={isReached ? 0 : -1}
      data-node={node.id}
      className={`berth-tree-row berth-tree-${node.kind}`}
    >
      {band !== null && <Outline band={band} group={group} isSelected={isSelected} />}
      <span className="berth-tree-name">
        {level > 1 && <Rails passing={row.rails} isLast={position === size} />}
        {isOpen === null ? (
          <span className="berth-tree-leaf" />
        ) : (
          <span className="berth-tree-caret" data-caret>
            <AngleRightIcon />
          </span>
        )}
        <NodeName node={node} isOpen={isOpen} />
      </span>
      <span className="berth-tree-driver berth-code">{node.device?.driver}</span>
      <span className="berth-tree-state">
        <State node={node} group={group} />
      </span>
      <span className="berth-tree-group">
        <Tag node={node} band={band} group={group} />
      </span>
    </div>
  )
})

function Outline({
  band,
  group,
  isSelected,
}: {
  readonly band: Band
  readonly group: GroupView | null
  readonly isSelected: boolean
}) {
  return (
    <span
      aria-hidden="true"
      className="berth-band"
      data-state={group?.state}
      data-first={band.isFirst || undefined}
      data-last={band.isLast || undefined}
      data-again={band.again || undefined}
      data-selected={isSelected || undefined}
      style={{ insetInlineStart: `calc(var(--berth-step) * ${band.level - 1})` }}
    />
  )
}

/** What its group's state does not say already. */
function State({ node: { device, kind }, group }: Pick<Props, 'group'> & { readonly node: PciNode }) {
  if (device === null || kind !== 'endpoint') return null
  if (!device.offered && device.vm === null) return <span className="berth-subtle">not offered</span>
  if (device.state === group?.state || group?.state === 'never') return null
  return <DeviceStateLabel state={device.state} />
}

function Tag({ node, band, group }: Pick<Props, 'band' | 'group'> & { readonly node: PciNode }) {
  if (node.device === null || group === null) return null
  if (group.group === null) return <span className="berth-subtle">in no group</span>
  const isNamed = band?.isFirst === true
  return (
    <>
      <span className={isNamed ? 'berth-subtle' : 'pf-v6-screen-reader'}>
        group <span className="berth-number">{group.group}</span>
        {band?.again === true && ', too'}
      </span>
      {isNamed && group.state !== 'never' && <GroupStateLabel state={group.state} />}
    </>
  )
}
