/** What the list of VMs is narrowed to, all of it in the page's address. */
import {
  Button,
  SearchInput,
  Switch,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core'
import { useMemo } from 'react'
import { VM_STATES, type VmState } from '../../model/vm.ts'
import type { VmSummary } from '../api/documents.ts'
import { useSearchParam } from '../parts/search-param.ts'
import { Choice } from './choice.tsx'
import { NO_OWNER, type VmFilter, valuesOf } from './vm-filter.ts'
import { VM_STATES_SHOWN } from './vm-state.tsx'

export function useVmFilter(): VmFilter {
  const [state] = useSearchParam('state')
  const [host] = useSearchParam('host')
  const [owner] = useSearchParam('owner')
  const [text] = useSearchParam('q')
  return useMemo(
    () => ({ states: new Set(state.split(',').filter(Boolean)), host, owner, text }),
    [state, host, owner, text],
  )
}

interface Props {
  readonly vms: readonly VmSummary[]
  readonly counts: ReadonlyMap<VmState, number>
}

export function VmFilterBar({ vms, counts }: Props) {
  const [text, setText] = useSearchParam('q')
  const [all, setAll] = useSearchParam('all')
  return (
    <Toolbar className="berth-vm-filters" aria-label="Filter">
      <ToolbarContent>
        <ToolbarItem className="berth-vm-search">
          <SearchInput
            aria-label="Search: ID, name, owner, host, device, message"
            placeholder="ID, name, host, device, message"
            value={text}
            onChange={(_, next) => setText(next)}
            onClear={() => setText('')}
          />
        </ToolbarItem>
        <Names vms={vms} />
        <ToolbarItem alignSelf="center">
          <Switch
            id="vms-all"
            label="With those that are done"
            isChecked={all !== ''}
            onChange={(_, on) => setAll(on ? '1' : '')}
          />
        </ToolbarItem>
        <States counts={counts} />
      </ToolbarContent>
    </Toolbar>
  )
}

function Names({ vms }: Pick<Props, 'vms'>) {
  const [host, setHost] = useSearchParam('host')
  const [owner, setOwner] = useSearchParam('owner')
  const hosts = useMemo(() => valuesOf(vms, ({ hostName }) => hostName), [vms])
  const owners = useMemo(() => valuesOf(vms, (vm) => vm.owner), [vms])
  return (
    <ToolbarGroup>
      <ToolbarItem>
        <Choice
          label="Host"
          value={host}
          options={hosts.map((name) => ({ value: name, name }))}
          none="Any host"
          mayBeNone
          choose={setHost}
        />
      </ToolbarItem>
      {(owners.length > 0 || owner !== '') && (
        <ToolbarItem>
          <Choice
            label="Owner"
            value={owner}
            options={[
              ...owners.map((name) => ({ value: name, name })),
              { value: NO_OWNER, name: "The operators'" },
            ]}
            none="Any owner"
            mayBeNone
            choose={setOwner}
          />
        </ToolbarItem>
      )}
    </ToolbarGroup>
  )
}

/** Several may be chosen; none = every state. */
function States({ counts }: Pick<Props, 'counts'>) {
  const [value, setValue] = useSearchParam('state')
  const chosen = value.split(',').filter(Boolean)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const shown = VM_STATES_IN_ORDER.filter((state) => counts.has(state) || chosen.includes(state))
  const toggle = (state: VmState): void => {
    const next = chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state]
    setValue(VM_STATES_IN_ORDER.filter((one) => next.includes(one)).join(','))
  }
  return (
    <fieldset aria-label="State" className="berth-vm-states">
      <State name="All" count={total} isOn={chosen.length === 0} toggle={() => setValue('')} />
      {shown.map((state) => (
        <State
          key={state}
          name={state}
          count={counts.get(state) ?? 0}
          isOn={chosen.includes(state)}
          means={VM_STATES_SHOWN[state].means}
          toggle={() => toggle(state)}
        />
      ))}
    </fieldset>
  )
}

const VM_STATES_IN_ORDER = (Object.keys(VM_STATES_SHOWN) as string[]).flatMap(
  (name) => VM_STATES.find((state) => state === name) ?? [],
)

interface StateProps {
  readonly name: string
  readonly count: number
  readonly isOn: boolean
  readonly means?: string
  toggle(): void
}

function State({ name, count, isOn, means, toggle }: StateProps) {
  return (
    <Button
      variant="tertiary"
      size="sm"
      isClicked={isOn}
      aria-pressed={isOn}
      title={means}
      countOptions={{ isRead: !isOn, count }}
      onClick={toggle}
    >
      {name}
    </Button>
  )
}
