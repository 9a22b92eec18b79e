/** One block of the text as a card: what it asks for, and the buttons that copy, move and remove it. */
import { Button, Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core'
import ArrowDownIcon from '@patternfly/react-icons/dist/esm/icons/arrow-down-icon'
import ArrowUpIcon from '@patternfly/react-icons/dist/esm/icons/arrow-up-icon'
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon'
import TrashIcon from '@patternfly/react-icons/dist/esm/icons/trash-icon'
import type { ReactNode } from 'react'
import { type BlockName, copyBlock, moveBlock, removeBlock } from '../../template/edit.ts'
import type { Form } from './form-text.ts'

export interface BlockOf {
  readonly name: BlockName
  readonly index: number
  readonly count: number
}

interface Props {
  readonly block: BlockOf
  readonly form: Form
  /** What it asks for, in words. */
  readonly title: string
  readonly beside?: ReactNode
  readonly children: ReactNode
}

/** As refusals name it: `PCI 0`. */
export const blockName = ({ name, index }: BlockOf): string => `${name} ${index}`

export function BlockCard({ block, form: { edit }, title, beside, children }: Props) {
  const { name, index, count } = block
  const place = { name, index }
  const actions = [
    {
      verb: 'Move up',
      Icon: ArrowUpIcon,
      isOff: index === 0,
      change: (text: string) => moveBlock(text, place, -1),
    },
    {
      verb: 'Move down',
      Icon: ArrowDownIcon,
      isOff: index === count - 1,
      change: (text: string) => moveBlock(text, place, 1),
    },
    { verb: 'Copy', Icon: CopyIcon, isOff: false, change: (text: string) => copyBlock(text, place) },
    {
      verb: 'Remove',
      Icon: TrashIcon,
      isOff: false,
      change: (text: string) => removeBlock(text, name, index),
    },
  ]
  const buttons = actions.map(({ verb, Icon, isOff, change }) => (
    <Button
      key={verb}
      variant="plain"
      size="sm"
      aria-label={`${verb}: ${blockName(block)}`}
      title={verb}
      isDisabled={isOff}
      icon={<Icon />}
      onClick={() => edit(change)}
    />
  ))
  return (
    <Card isCompact component="section" aria-label={blockName(block)} className="berth-block">
      <CardHeader
        actions={{ actions: <div className="berth-block-actions">{buttons}</div>, hasNoOffset: true }}
      >
        <CardTitle component="h3">
          <span className="berth-block-number">{blockName(block)}</span> {title}
        </CardTitle>
        {beside}
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  )
}
