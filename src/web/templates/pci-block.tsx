/** One PCI block: which devices will do, how many, and how they are given. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { setPair } from '../../template/edit-values.ts'
import type { VectorAttribute } from '../../template/tree.ts'
import type { DeviceType } from '../api/documents.ts'
import { pciWords } from './asks.ts'
import { BlockCard, type BlockOf, blockName } from './block-card.tsx'
import { CoverageLine } from './coverage-line.tsx'
import { DevicePicker } from './device-picker.tsx'
import { TextField } from './field.tsx'
import { type Form, orLeftOut, pairText } from './form-text.ts'
import { PciOptions } from './pci-options.tsx'
import { coverageOf, type Selection, selectionOf } from './selection.ts'
import { suggestionsFor } from './suggestions.ts'

interface Props {
  readonly block: VectorAttribute
  readonly of: BlockOf
  readonly form: Form
  readonly types: readonly DeviceType[]
}

export function PciBlock({ block, of, form, types }: Props) {
  const [picking, setPicking] = useState(false)
  const selection = selectionOf(block)
  const choose = ({ vendor, device, class: classId }: Selection): void =>
    form.edit((text) =>
      Object.entries({
        VENDOR: vendor,
        DEVICE: device,
        CLASS: classId,
        ADDRESS: null,
        SHORT_ADDRESS: null,
      }).reduce((edited, [key, value]) => setPair(edited, of, key, value), text),
    )
  return (
    <BlockCard block={of} form={form} title={pciWords(block, types)}>
      <div className="berth-block-selector">
        <IdField field="VENDOR" {...{ block, of, form, types }} />
        <IdField field="DEVICE" {...{ block, of, form, types }} />
        <IdField field="CLASS" {...{ block, of, form, types }} />
        <AddressField {...{ block, of, form }} />
      </div>
      <div className="berth-block-coverage">
        <CoverageLine coverage={selection === null ? null : coverageOf(selection, types)} />
        <Button variant="link" isInline onClick={() => setPicking(true)}>
          Choose from the cluster
        </Button>
      </div>
      <PciOptions block={block} of={of} form={form} />
      {picking && <DevicePicker types={types} choose={choose} close={() => setPicking(false)} />}
    </BlockCard>
  )
}

const LABELS = { VENDOR: 'Vendor', DEVICE: 'Device', CLASS: 'Class' } as const

interface IdFieldProps extends Props {
  readonly field: keyof typeof LABELS
}

/** Pinned to an id, or open: any will do. */
function IdField({ field, block, of, form, types }: IdFieldProps) {
  const value = pairText(block, field)
  const suggestions = suggestionsFor(field, block, types)
  const set = (typed: string): void => form.edit((text) => setPair(text, of, field, orLeftOut(typed)))
  return (
    <TextField
      isCode
      label={LABELS[field]}
      of={blockName(of)}
      value={value}
      placeholder="any"
      suggestions={suggestions}
      help={suggestions.find((one) => one.value === value.trim().toLowerCase())?.words}
      beside={
        value !== '' && (
          <Button
            variant="link"
            isInline
            size="sm"
            aria-label={`Any ${LABELS[field].toLowerCase()}, ${blockName(of)}`}
            onClick={() => set('')}
          >
            any
          </Button>
        )
      }
      onChange={set}
    />
  )
}

/** A domain makes it an ADDRESS; without one it is the SHORT_ADDRESS that OpenNebula calls it. */
function AddressField({ block, of, form }: Omit<Props, 'types'>) {
  const long = pairText(block, 'ADDRESS')
  return (
    <TextField
      isCode
      label="Address"
      of={blockName(of)}
      placeholder="any"
      value={long === '' ? pairText(block, 'SHORT_ADDRESS') : long}
      onChange={(typed) =>
        form.edit((text) => {
          const isLong = long !== '' || /^[0-9a-f]{1,8}:[0-9a-f]{1,2}:[0-9a-f]{1,2}[.:]/i.test(typed)
          const [key, other] = isLong ? ['ADDRESS', 'SHORT_ADDRESS'] : ['SHORT_ADDRESS', 'ADDRESS']
          return setPair(setPair(text, of, key, orLeftOut(typed)), of, other, null)
        })
      }
    />
  )
}
