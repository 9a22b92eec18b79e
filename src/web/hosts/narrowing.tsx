/** The filters above the hosts; what they ask for stands in the page's address. */
import {
  Button,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  SearchInput,
} from '@patternfly/react-core'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { HOST_STATES } from '../parts/host-state.tsx'
import { useSearchParam } from '../parts/search-param.ts'
import { type FleetHost, typeTotals } from './fleet.ts'
import { NARROWING, useShowAll } from './wanted.ts'

interface Props {
  /** All of them. */
  readonly fleet: readonly FleetHost[]
  readonly shown: number
  /** What cannot be understood of the devices that are asked for. */
  readonly wrong: string | null
}

export function Narrowing({ fleet, shown, wrong }: Props) {
  const [name, setName] = useSearchParam('name')
  const clusters = useMemo(() => [...new Set(fleet.map(({ host }) => host.cluster))].sort(), [fleet])
  const [search] = useSearchParams()
  const showAll = useShowAll()
  const isNarrowed = NARROWING.some((one) => search.has(one))
  return (
    <search className="berth-narrowing">
      <SearchInput
        aria-label="Name"
        placeholder="Name"
        value={name}
        onChange={(_, value) => setName(value)}
        onClear={() => setName('')}
      />
      {clusters.length > 1 && <Choice name="cluster" label="Cluster" any="Any cluster" choices={clusters} />}
      <Choice name="state" label="State of the host" any="Any state" choices={Object.keys(HOST_STATES)} />
      <DevicesWanted fleet={fleet} wrong={wrong} />
      {isNarrowed && (
        <Button variant="link" isInline onClick={showAll}>
          Show all
        </Button>
      )}
      <span role="status" className="berth-quiet berth-number">
        {isNarrowed && `${shown.toLocaleString('en')} of ${fleet.length.toLocaleString('en')} hosts`}
      </span>
    </search>
  )
}

interface ChoiceProps {
  readonly name: string
  readonly label: string
  readonly any: string
  readonly choices: readonly string[]
}

function Choice({ name, label, any, choices }: ChoiceProps) {
  const [value, setValue] = useSearchParam(name)
  return (
    <FormSelect
      className="berth-choice"
      aria-label={label}
      value={value}
      onChange={(_, chosen) => setValue(chosen)}
    >
      <FormSelectOption value="" label={any} />
      {choices.map((choice) => (
        <FormSelectOption key={choice} value={choice} label={choice} />
      ))}
    </FormSelect>
  )
}

const TYPES = 'berth-types'

/** Types are proposed; anything that a probe's filter may say can be typed. */
function DevicesWanted({ fleet, wrong }: Pick<Props, 'fleet' | 'wrong'>) {
  const [filter, setFilter] = useSearchParam('filter')
  const types = useMemo(() => typeTotals(fleet), [fleet])
  return (
    <div className="berth-devices-wanted">
      <SearchInput
        aria-label="Devices: a type, or vendor:device:class"
        placeholder="Devices, such as 10de:20b2"
        value={filter}
        onChange={(_, value) => setFilter(value)}
        onClear={() => setFilter('')}
        inputProps={{ list: TYPES }}
      />
      <datalist id={TYPES}>
        {types.map(({ type, fullName, free, total }) => (
          <option
            key={type}
            value={type}
          >{`${fullName === null ? '' : `${fullName}, `}${free} of ${total} free`}</option>
        ))}
      </datalist>
      {wrong !== null && (
        <FormHelperText>
          <HelperText isLiveRegion>
            <HelperTextItem variant="error">{wrong}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </div>
  )
}
