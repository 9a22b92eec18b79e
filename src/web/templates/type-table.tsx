/** The cluster's types of devices, one of which is chosen. */
import { Content, Radio } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import type { DeviceType } from '../api/documents.ts'
import { counted } from '../parts/amounts.ts'
import { deviceName } from '../parts/device-name.ts'

/** More are narrowed by the search, not scrolled through. */
const MOST = 100

interface Props {
  readonly types: readonly DeviceType[]
  /** How many there are without the search. */
  readonly all: number
  readonly chosen: DeviceType | null
  choose(type: DeviceType): void
}

export function TypeTable({ types, all, chosen, choose }: Props) {
  if (types.length === 0)
    return (
      <Content component="p">
        {all === 0 ? 'No host offers a device.' : 'No device of a host is like this.'}
      </Content>
    )
  return (
    <div className="berth-picker-types">
      <Table aria-label="Types of devices" variant="compact" gridBreakPoint="" isStickyHeader>
        <Thead>
          <Tr>
            <Th screenReaderText="Choose" modifier="fitContent" />
            <Th>Device</Th>
            <Th className="berth-picker-class">Class</Th>
            <Th className="berth-right">Free</Th>
            <Th className="berth-right">Hosts</Th>
          </Tr>
        </Thead>
        <Tbody>
          {types.slice(0, MOST).map((type) => (
            <TypeRow key={type.type} {...{ type, isChosen: type.type === chosen?.type, choose }} />
          ))}
        </Tbody>
      </Table>
      {types.length > MOST && (
        <Content component="small">{counted(types.length - MOST, 'more type')}: narrow the search.</Content>
      )}
    </div>
  )
}

interface RowProps {
  readonly type: DeviceType
  readonly isChosen: boolean
  choose(type: DeviceType): void
}

function TypeRow({ type, isChosen, choose }: RowProps) {
  return (
    <Tr isClickable isRowSelected={isChosen} onRowClick={() => choose(type)}>
      <Td modifier="fitContent" className="berth-picker-choice">
        <Radio
          id={`type-${type.type}`}
          name="type"
          aria-label={`${deviceName(type)}, ${type.type}`}
          isChecked={isChosen}
          onChange={() => choose(type)}
        />
      </Td>
      <Td>
        <div>{deviceName(type)}</div>
        <div className="berth-code berth-quiet">{type.type}</div>
      </Td>
      <Td className="berth-picker-class">{type.className ?? type.class}</Td>
      <Td className="berth-number berth-right berth-nowrap">
        {type.free} of {type.total}
      </Td>
      <Td className="berth-number berth-right">{type.hosts}</Td>
    </Tr>
  )
}
