/** The groups of a host that was read: what of them is shown, what is open, which one is looked at. */
import './groups.css'
import { useMemo } from 'react'
import type { DeviceView, GroupView, HostView } from '../../api/documents.ts'
import { Nothing } from '../../parts/nothing.tsx'
import { useSearchParam } from '../../parts/search-param.ts'
import { GroupPanel } from './group-panel.tsx'
import { GroupTree } from './group-tree.tsx'
import { GroupsHead } from './groups-head.tsx'
import { closedAtFirst, keptOf, waysTo } from './rows.ts'
import { type PciNode, pciTree } from './tree.ts'
import { useChosenGroup } from './use-chosen-group.ts'
import { useOpen } from './use-open.ts'

interface Props {
  /** As the page's address has it. */
  readonly host: string
  readonly view: HostView
  readonly groups: readonly GroupView[]
}

export function DrawnGroups({ host, view, groups }: Props) {
  const [shown, show] = useSearchParam('show')
  const byAddress = useMemo(() => groupsByAddress(groups), [groups])
  const { chosen, selected, head, select, close } = useChosenGroup(groups)
  const { all, roots } = useTree(view, byAddress, shown === 'offered')
  const opened = useOpenTree(all, byAddress, selected)
  return (
    <>
      <GroupsHead
        {...{ view, groups, all, roots, opened }}
        gone={chosen !== '' && selected === null ? chosen : null}
        isOffered={shown === 'offered'}
        showOffered={(only) => show(only ? 'offered' : '')}
      />
      <div className="berth-groups" data-selected={selected !== null || undefined}>
        <div className="berth-groups-tree">
          {roots.length === 0 ? (
            <Nothing title="No group has anything that is offered" />
          ) : (
            <GroupTree
              label={`PCIe tree of ${view.name} with its IOMMU groups`}
              {...{ roots, groups: byAddress, selected, select }}
              {...{ isOpen: opened.isOpen, turn: opened.turn }}
            />
          )}
        </div>
        {selected !== null && (
          <GroupPanel key={chosen} group={selected} view={view} host={host} head={head} close={close} />
        )}
      </div>
    </>
  )
}

type ByAddress = ReadonlyMap<string, GroupView>

function useTree({ devices }: HostView, groups: ByAddress, onlyOffered: boolean) {
  const all = useMemo(() => pciTree(devices), [devices])
  const roots = useMemo(
    () => (onlyOffered ? keptOf(all, ({ address }) => hasOffered(groups.get(address))) : all),
    [all, groups, onlyOffered],
  )
  return { all, roots }
}

function useOpenTree(all: readonly PciNode[], groups: ByAddress, selected: GroupView | null) {
  const closed = useMemo(() => closedAtFirst(all, isWanted), [all])
  const way = useMemo(
    () => waysTo(all, ({ address }) => selected !== null && groups.get(address) === selected),
    [all, groups, selected],
  )
  return useOpen(closed, way)
}

/** On a host without a filter all are offered: there only what can be given, or is, counts. */
const isWanted = ({ offered, bridge, state, vm }: DeviceView): boolean =>
  !bridge && (vm !== null || (offered && state !== 'unassignable'))

/** Chipset functions are offered by a host without a filter, and never given. */
const hasOffered = (group: GroupView | undefined): boolean =>
  group !== undefined &&
  group.state !== 'never' &&
  group.devices.some(({ offered, bridge }) => offered && !bridge)

function groupsByAddress(groups: readonly GroupView[]): ByAddress {
  return new Map(groups.flatMap((group) => group.devices.map(({ address }) => [address, group] as const)))
}
