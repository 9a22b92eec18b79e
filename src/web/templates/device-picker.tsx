/** Picks a device from what the cluster really has, and how exactly it is meant: this type, or any of its vendor or class. */
import {
  Alert,
  Button,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  SearchInput,
} from '@patternfly/react-core'
import { useState } from 'react'
import type { DeviceType } from '../api/documents.ts'
import { HowExactly } from './how-exactly.tsx'
import { searched } from './search-types.ts'
import { type Selection, waysToSelect } from './selection.ts'
import { TypeTable } from './type-table.tsx'

interface Props {
  readonly types: readonly DeviceType[]
  choose(selection: Selection): void
  close(): void
}

export function DevicePicker({ types, choose, close }: Props) {
  const [search, setSearch] = useState('')
  const [type, setType] = useState<DeviceType | null>(null)
  const [way, setWay] = useState(0)
  const found = searched(types, search)
  const selection = type === null ? undefined : waysToSelect(type)[way]
  const take = () => {
    if (selection === undefined) return
    choose(selection)
    close()
  }
  return (
    <Modal isOpen variant="large" onClose={close} aria-labelledby="picker-title">
      <ModalHeader
        title="Devices of the cluster"
        labelId="picker-title"
        description="What the hosts offer, by type. Hosts that come later may have it, too."
      />
      <ModalBody className="berth-picker">
        <SearchInput
          aria-label="Search devices"
          placeholder="Name or id, or vendor:device:class such as 10de::0302"
          value={search}
          onChange={(_, value) => setSearch(value)}
          onClear={() => setSearch('')}
          resultsCount={search === '' || 'wrong' in found ? '' : `${found.types.length} / ${types.length}`}
        />
        {'wrong' in found ? (
          <Alert isInline isPlain variant="warning" component="p" title={found.wrong} />
        ) : (
          <TypeTable types={found.types} all={types.length} chosen={type} choose={setType} />
        )}
        {type !== null && <HowExactly type={type} types={types} way={way} setWay={setWay} />}
      </ModalBody>
      <ModalFooter>
        <Button isDisabled={selection === undefined} onClick={take}>
          Ask for it
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  )
}
