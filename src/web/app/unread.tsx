/** In the place of a page whose files did not come. */
import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core'

export function Unread() {
  return (
    <EmptyState titleText="Berth could not read this page" headingLevel="h1" status="danger">
      <EmptyStateBody>The controller does not answer, or is of another version by now.</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="secondary" onClick={() => location.reload()}>
            Load it again
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  )
}
