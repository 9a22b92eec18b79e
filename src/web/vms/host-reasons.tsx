/** Every host that cannot take a VM: why, and what would help there; hosts that say the same stand together. */
import { Button, SearchInput } from '@patternfly/react-core'
import { useDeferredValue, useMemo, useState } from 'react'
import type { Explanation, VmView } from '../api/documents.ts'
import { counted } from '../parts/amounts.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Nothing } from '../parts/nothing.tsx'
import { useSearchParam } from '../parts/search-param.ts'
import { Changes } from './changes.tsx'
import { HostNames } from './fitting.tsx'
import { groupReasons, type ReasonGroup, searchReasons } from './reason-groups.ts'
import { Words } from './words.tsx'

/** Fewer rows are seen at a glance. */
const SEARCHED_FROM = 6

/** What stands below is to be reached, too. */
const FIRST = 12

const theFirst = (groups: readonly ReasonGroup[]): readonly ReasonGroup[] => groups.slice(0, FIRST)

export function HostReasons({ vm, why }: { readonly vm: VmView; readonly why: Explanation }) {
  const [text, setText] = useSearchParam('q')
  const words = useDeferredValue(text)
  const [isWhole, setWhole] = useState(false)
  const groups = useMemo(() => groupReasons(why.reasons), [why.reasons])
  const shown = useMemo(() => searchReasons(groups, words), [groups, words])
  const isWorkedOut = why.reasons.some(({ changes }) => changes !== undefined)
  const columns = useMemo(() => columnsFor(vm, isWorkedOut), [vm, isWorkedOut])
  return (
    <>
      <div className="berth-vm-reasons-head">
        <h3>{counted(why.reasons.length, 'host')} cannot take it</h3>
        {(groups.length >= SEARCHED_FROM || text !== '') && (
          <SearchInput
            aria-label="Search: host, reason, change"
            placeholder="Host, reason, change"
            value={text}
            onChange={(_, next) => setText(next)}
            onClear={() => setText('')}
          />
        )}
      </div>
      <DataTable
        label="Hosts that cannot take it"
        rows={shown}
        columns={columns}
        keyOf={({ key }) => key}
        {...(!isWhole && { arrange: theFirst })}
        empty={<Nothing title="No host says so">No reason has these words.</Nothing>}
      />
      {!isWhole && shown.length > FIRST && (
        <Button variant="link" isInline onClick={() => setWhole(true)}>
          {(shown.length - FIRST).toLocaleString('en')} more reasons
        </Button>
      )}
    </>
  )
}

function columnsFor(vm: VmView, isWorkedOut: boolean): readonly Column<ReasonGroup>[] {
  const columns: readonly Column<ReasonGroup>[] = [
    {
      id: 'hosts',
      name: 'Hosts',
      width: 20,
      sort: ({ hosts }) => (hosts.length === 1 ? (hosts[0]?.name ?? '') : hosts.length),
      cell: ({ hosts }) => <HostNames names={hosts.map(({ name }) => name)} />,
    },
    {
      id: 'reason',
      name: 'Reason',
      width: 35,
      sort: ({ message }) => message,
      cell: ({ code, message }) => (
        <>
          <Words text={message} />
          <div className="berth-vm-quiet berth-code">{code}</div>
        </>
      ),
    },
  ]
  if (!isWorkedOut) return columns
  const cell = (group: ReasonGroup) => <Helps group={group} vm={vm} />
  return [...columns, { id: 'changes', name: 'What would help there', cell }]
}

function Helps({ group: { changes, hosts }, vm }: { readonly group: ReasonGroup; readonly vm: VmView }) {
  if (changes === undefined) return <span className="berth-vm-quiet">not worked out</span>
  if (changes === null) return <span className="berth-vm-quiet">nothing that Berth knows of</span>
  const [only] = hosts
  return <Changes changes={changes} host={hosts.length === 1 ? (only ?? null) : null} vm={vm} />
}
