/** Facts of one thing, a line each. */
import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core'
import type { ReactNode } from 'react'

export type Fact = readonly [name: string, value: ReactNode]

/** What is null, or empty, is not told. */
export function FactList({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <DescriptionList isHorizontal isCompact termWidth="9rem" className="berth-fact-list">
      {facts
        .filter(([, value]) => value !== null && value !== '')
        .map(([name, value]) => (
          <DescriptionListGroup key={name}>
            <DescriptionListTerm>{name}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  )
}
