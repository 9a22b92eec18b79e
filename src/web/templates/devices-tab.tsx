/** Input and output: the PCI and USB devices that the VM is given. */
import { Button, Content, Title } from '@patternfly/react-core'
import PlusCircleIcon from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { addBlock, type Block } from '../../template/edit.ts'
import { setSingle } from '../../template/edit-values.ts'
import { vectorsOf } from '../../template/values.ts'
import { deviceTypes } from '../api/queries.ts'
import { DevicePicker } from './device-picker.tsx'
import { ChoiceField } from './field.tsx'
import { focusSoon } from './focus-soon.ts'
import { type Form, orLeftOut, singleText } from './form-text.ts'
import { PciBlock } from './pci-block.tsx'
import type { Selection } from './selection.ts'
import { UsbBlock } from './usb-block.tsx'

export function DevicesTab({ form }: { readonly form: Form }) {
  return (
    <div className="berth-template-devices">
      <PciDevices form={form} />
      <UsbDevices form={form} />
    </div>
  )
}

function PciDevices({ form }: { readonly form: Form }) {
  const types = useQuery(deviceTypes()).data ?? []
  const [picking, setPicking] = useState(false)
  const blocks = vectorsOf(form.tree, 'PCI')
  const add = (pairs: Block['pairs']): void => form.edit((text) => addBlock(text, { name: 'PCI', pairs }))
  return (
    <section aria-labelledby="pci-devices" className="berth-template-devices">
      <Title id="pci-devices" headingLevel="h2" size="md">
        PCI devices
      </Title>
      {blocks.length === 0 && <None>The VM is given no PCI device.</None>}
      {blocks.map((block, index) => (
        <PciBlock
          // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place in the text
          key={index}
          block={block}
          of={{ name: 'PCI', index, count: blocks.length }}
          form={form}
          types={types}
        />
      ))}
      <div className="berth-block-add">
        <Button id="add-PCI" variant="secondary" icon={<PlusCircleIcon />} onClick={() => setPicking(true)}>
          Add a device of the cluster
        </Button>
        <Button
          variant="link"
          onClick={() => {
            add({})
            focusSoon(`#block-PCI-${blocks.length} input`)
          }}
        >
          Add an empty one
        </Button>
      </div>
      <NumaPolicy form={form} />
      {picking && (
        <DevicePicker
          types={types}
          choose={(chosen) => add(pairsOf(chosen))}
          close={() => setPicking(false)}
        />
      )}
    </section>
  )
}

/** What is open is left out. */
function pairsOf({ vendor, device, class: classId }: Selection): Block['pairs'] {
  return {
    ...(vendor !== null && { VENDOR: vendor }),
    ...(device !== null && { DEVICE: device }),
    ...(classId !== null && { CLASS: classId }),
  }
}

const POLICIES = [
  { value: '', words: 'Does not matter' },
  { value: 'PREFERRED', words: 'Preferred: a host that can, before one that cannot' },
  { value: 'REQUIRED', words: 'Required: only a host that can' },
]

function NumaPolicy({ form: { tree, edit } }: { readonly form: Form }) {
  const policy = singleText(tree, 'PCI_NUMA_POLICY').trim().toUpperCase()
  return (
    <div className="berth-template-fields">
      <ChoiceField
        label="All PCI devices on one NUMA node"
        value={policy === 'NONE' ? '' : policy}
        choices={POLICIES}
        onChange={(value) => edit((text) => setSingle(text, 'PCI_NUMA_POLICY', orLeftOut(value)))}
      />
    </div>
  )
}

function UsbDevices({ form }: { readonly form: Form }) {
  const blocks = vectorsOf(form.tree, 'USB')
  return (
    <section aria-labelledby="usb-devices" className="berth-template-devices">
      <Title id="usb-devices" headingLevel="h2" size="md">
        USB devices
      </Title>
      {blocks.length === 0 && <None>The VM is given no USB device.</None>}
      {blocks.map((block, index) => (
        <UsbBlock
          // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place in the text
          key={index}
          block={block}
          of={{ name: 'USB', index, count: blocks.length }}
          form={form}
        />
      ))}
      {blocks.length > 0 && (
        <Content component="small">
          Vendor and product are hexadecimal; bus and number as lsusb prints them; a port such as 1-2.3 is a
          socket, whatever is plugged into it.
        </Content>
      )}
      <div className="berth-block-add">
        <Button
          id="add-USB"
          variant="secondary"
          icon={<PlusCircleIcon />}
          onClick={() => {
            form.edit((text) => addBlock(text, { name: 'USB', pairs: {} }))
            focusSoon(`#block-USB-${blocks.length} input`)
          }}
        >
          Add a USB device
        </Button>
      </div>
    </section>
  )
}

function None({ children }: { readonly children: ReactNode }) {
  return <p className="berth-quiet">{children}</p>
}
