/** An address that no page has. */
import { EmptyState, EmptyStateBody } from '@patternfly/react-core'
import { Link, useLocation } from 'react-router'

export function NotFound() {
  const { pathname } = useLocation()
  return (
    <EmptyState titleText="There is no such page" headingLevel="h1">
      <EmptyStateBody>
        Nothing is at {pathname}. <Link to="/hosts">To the hosts</Link>
      </EmptyStateBody>
    </EmptyState>
  )
}
