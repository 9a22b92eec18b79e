/** What narrows the PCI devices down, and how many are left. */
import {
  Button,
  Checkbox,
  FormHelperText,
  HelperText,
  HelperTextItem,
  SearchInput,
  Switch,
  TextInput,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core'
import { useMemo } from 'react'
import type { DeviceView } from '../../api/documents.ts'
import { counted } from '../../parts/amounts.ts'
import type { Narrowed } from './narrowing.ts'
import type { DeviceTree } from './open-pfs.ts'
import { StateChoice } from './state-choice.tsx'

interface Props {
  readonly devices: readonly DeviceView[]
  readonly shown: number
  readonly narrowed: Narrowed
  readonly tree: DeviceTree
}

export function PciToolbar({ devices, shown, narrowed, tree }: Props) {
  const { narrowing, words, setWords, setAll, setStates, wrong } = narrowed
  const { states, all } = narrowing
  const counts = useMemo(() => stateCounts(devices, all), [devices, all])
  return (
    <Toolbar className="berth-pci-toolbar" inset={{ default: 'insetNone' }}>
      <ToolbarContent>
        <ToolbarItem>
          <SearchInput
            aria-label="Search the devices"
            placeholder="Address, name, driver"
            value={words}
            onChange={(_, value) => setWords(value)}
            onClear={() => setWords('')}
          />
        </ToolbarItem>
        <ToolbarItem>
          <FilterInput narrowed={narrowed} />
        </ToolbarItem>
        <ToolbarItem>
          <StateChoice counts={counts} chosen={states} choose={setStates} />
        </ToolbarItem>
        <ToolbarItem alignSelf="center">
          <Checkbox
            id="free-only"
            label="Free only"
            isChecked={states.length === 1 && states[0] === 'free'}
            onChange={(_, checked) => setStates(checked ? ['free'] : [])}
          />
        </ToolbarItem>
        <ToolbarItem alignSelf="center">
          <Switch
            id="all-devices"
            label="What is not offered, too"
            isChecked={all}
            onChange={(_, checked) => setAll(checked)}
          />
        </ToolbarItem>
      </ToolbarContent>
      {wrong !== null && (
        <FormHelperText>
          <HelperText id="filter-wrong" aria-live="polite">
            <HelperTextItem variant="error">{wrong}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
      <div className="berth-pci-count">
        <span role="status">
          {shown === counts.total
            ? counted(shown, 'device')
            : `${shown} of ${counted(counts.total, 'device')}`}
        </span>
        {tree.counts.size > 0 && <Folds tree={tree} />}
      </div>
    </Toolbar>
  )
}

function FilterInput({ narrowed: { filter, setFilter, wrong } }: { readonly narrowed: Narrowed }) {
  return (
    <TextInput
      className="berth-filter"
      aria-label="Filter: vendor:device:class"
      aria-describedby={wrong === null ? undefined : 'filter-wrong'}
      placeholder="vendor:device:class"
      value={filter}
      validated={wrong === null ? 'default' : 'error'}
      onChange={(_, value) => setFilter(value)}
      spellCheck={false}
      autoComplete="off"
    />
  )
}

function Folds({ tree }: { readonly tree: DeviceTree }) {
  const open = [...tree.counts.keys()].every((pf) => tree.isOpen(pf))
  return (
    <Button variant="link" isInline onClick={() => tree.toggleAll(!open)}>
      {open ? 'Hide all virtual functions' : 'Show all virtual functions'}
    </Button>
  )
}

interface StateCounts extends ReadonlyMap<string, number> {
  readonly total: number
}

function stateCounts(devices: readonly DeviceView[], all: boolean): StateCounts {
  const counts = new Map<string, number>()
  let total = 0
  for (const { state, offered } of devices) {
    if (!all && !offered) continue
    counts.set(state, (counts.get(state) ?? 0) + 1)
    total += 1
  }
  return Object.assign(counts, { total })
}
