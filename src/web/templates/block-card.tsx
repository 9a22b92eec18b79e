/** One block of the text as a card: what it asks for, its fields, and the buttons that copy, move and remove it. */
import { Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import type { BlockName } from '../../template/edit.ts'
import { BlockActions } from './block-actions.tsx'
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
  readonly children: ReactNode
}

/** As refusals name it: `PCI 0`. */
export const blockName = ({ name, index }: BlockOf): string => `${name} ${index}`

export function BlockCard({ block, form, title, children }: Props) {
  return (
    <Card
      isCompact
      component="section"
      aria-label={blockName(block)}
      id={`block-${block.name}-${block.index}`}
      className="berth-block"
    >
      <CardHeader actions={{ actions: <BlockActions block={block} form={form} />, hasNoOffset: true }}>
        <CardTitle component="h3">
          <span className="berth-block-number">{blockName(block)}</span> {title}
        </CardTitle>
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  )
}
