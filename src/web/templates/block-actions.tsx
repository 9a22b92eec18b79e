/** Moves, copies and removes a block of the text; the keyboard stays with what was moved or made. */
import { Button } from '@patternfly/react-core'
import ArrowDownIcon from '@patternfly/react-icons/dist/esm/icons/arrow-down-icon'
import ArrowUpIcon from '@patternfly/react-icons/dist/esm/icons/arrow-up-icon'
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon'
import TrashIcon from '@patternfly/react-icons/dist/esm/icons/trash-icon'
import type { ComponentType } from 'react'
import { type BlockPlace, copyBlock, moveBlock, removeBlock } from '../../template/edit.ts'
import { type BlockOf, blockName } from './block-card.tsx'
import { focusSoon } from './focus-soon.ts'
import type { Form } from './form-text.ts'

interface Action {
  readonly verb: string
  readonly Icon: ComponentType
  change(text: string, place: BlockPlace): string
  /** Where the block is then, from where it was; null = it is gone. */
  readonly by: -1 | 1 | null
}

const ACTIONS: readonly Action[] = [
  { verb: 'Move up', Icon: ArrowUpIcon, change: (text, place) => moveBlock(text, place, -1), by: -1 },
  { verb: 'Move down', Icon: ArrowDownIcon, change: (text, place) => moveBlock(text, place, 1), by: 1 },
  { verb: 'Copy', Icon: CopyIcon, change: copyBlock, by: 1 },
  {
    verb: 'Remove',
    Icon: TrashIcon,
    change: (text, { name, index }) => removeBlock(text, name, index),
    by: null,
  },
]

export function BlockActions({ block, form }: { readonly block: BlockOf; readonly form: Form }) {
  const { name, index, count } = block
  const isOff = (verb: string): boolean =>
    (verb === 'Move up' && index === 0) || (verb === 'Move down' && index === count - 1)
  const act = ({ verb, change, by }: Action): void => {
    form.edit((text) => change(text, { name, index }))
    focusSoon(by === null ? `#add-${name}` : `#block-${name}-${index + by} [data-verb="${verb}"]`)
  }
  return (
    <div className="berth-block-actions">
      {ACTIONS.map((action) => (
        <Button
          key={action.verb}
          variant="plain"
          size="sm"
          aria-label={`${action.verb}: ${blockName(block)}`}
          title={action.verb}
          data-verb={action.verb}
          isAriaDisabled={isOff(action.verb)}
          icon={<action.Icon />}
          onClick={() => act(action)}
        />
      ))}
    </div>
  )
}
