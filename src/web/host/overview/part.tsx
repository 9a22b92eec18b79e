/** A part of the overview, under its heading. */
import { Title } from '@patternfly/react-core'
import { type ReactNode, useId } from 'react'

interface Props {
  readonly title: string
  readonly beside?: ReactNode
  readonly isWide?: boolean
  readonly children: ReactNode
}

export function Part({ title, beside, isWide = false, children }: Props) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={isWide ? 'berth-part berth-wide' : 'berth-part'}>
      <div className="berth-part-head">
        <Title headingLevel="h2" size="lg" id={id}>
          {title}
        </Title>
        {beside}
      </div>
      {children}
    </section>
  )
}
