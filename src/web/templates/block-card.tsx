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
  const act = (change: (text: string) => string, focusOn: string): void => {
    edit(change)
    focusSoon(focusOn)
  }
  const actions = [
    {
      verb: 'Move up',
      Icon: ArrowUpIcon,
      isOff: index === 0,
      run: () => act((text) => moveBlock(text, place, -1), buttonOf(name, index - 1, 'Move up')),
    },
    {
      verb: 'Move down',
      Icon: ArrowDownIcon,
      isOff: index === count - 1,
      run: () => act((text) => moveBlock(text, place, 1), buttonOf(name, index + 1, 'Move down')),
    },
    {
      verb: 'Copy',
      Icon: CopyIcon,
      isOff: false,
      run: () => act((text) => copyBlock(text, place), buttonOf(name, index + 1, 'Copy')),
    },
    {
      verb: 'Remove',
      Icon: TrashIcon,
      isOff: false,
      run: () => act((text) => removeBlock(text, name, index), `#add-${name}`),
    },
  ]
  const buttons = actions.map(({ verb, Icon, isOff, run }) => (
    <Button
      key={verb}
      variant="plain"
      size="sm"
      aria-label={`${verb}: ${blockName(block)}`}
      title={verb}
      data-verb={verb}
      isAriaDisabled={isOff}
      icon={<Icon />}
      onClick={run}
    />
  ))
  return (
    <Card
      isCompact
      component="section"
      aria-label={blockName(block)}
      id={`block-${name}-${index}`}
      className="berth-block"
    >
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

/** Where the keyboard goes on: with the block that was moved or made, and not from the top of the page. */
const buttonOf = (name: string, index: number, verb: string): string =>
  `#block-${name}-${index} [data-verb="${verb}"]`

/** Once it is shown. */
export function focusSoon(selector: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus())
}
