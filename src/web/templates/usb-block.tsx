/** One USB block: by its ids, by lsusb's numbers, or by the port that it is plugged into. */
import { setPair } from '../../template/edit-values.ts'
import type { VectorAttribute } from '../../template/tree.ts'
import { usbWords } from './asks.ts'
import { BlockCard, type BlockOf, blockName } from './block-card.tsx'
import { TextField } from './field.tsx'
import { type Form, orLeftOut, pairText } from './form-text.ts'

const FIELDS = [
  { key: 'VENDOR', label: 'Vendor', placeholder: 'any' },
  { key: 'PRODUCT', label: 'Product', placeholder: 'any' },
  { key: 'BUS', label: 'Bus', placeholder: 'any' },
  { key: 'DEVICE', label: 'Number', placeholder: 'any' },
  { key: 'PORT', label: 'Port', placeholder: 'any' },
] as const

interface Props {
  readonly block: VectorAttribute
  readonly of: BlockOf
  readonly form: Form
}

export function UsbBlock({ block, of, form }: Props) {
  return (
    <BlockCard block={of} form={form} title={usbWords(block)}>
      <div className="berth-block-selector berth-usb-selector">
        {FIELDS.map(({ key, label, placeholder }) => (
          <TextField
            key={key}
            isCode
            label={label}
            of={blockName(of)}
            placeholder={placeholder}
            value={pairText(block, key)}
            onChange={(value) => form.edit((text) => setPair(text, of, key, orLeftOut(value)))}
          />
        ))}
      </div>
    </BlockCard>
  )
}
