/** A defect of the page itself: said as one, with a way on. */
import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core'
import { Component, type ReactNode } from 'react'

interface State {
  readonly failure: string | null
}

export class Crash extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failure: null }

  static getDerivedStateFromError(error: unknown): State {
    return { failure: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    if (this.state.failure === null) return this.props.children
    return (
      <EmptyState titleText="The page has a defect" headingLevel="h1" status="danger">
        <EmptyStateBody>
          Nothing was changed on the controller. What the page could not show: {this.state.failure}
        </EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button onClick={() => location.reload()}>Load it again</Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    )
  }
}
