/** What a query found, or that it is still reading, or why it could not: the three states of everything that is shown. */
import {
  Alert,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Refused, wordsOf } from '../api/problem.ts'
import { Loading } from './loading.tsx'

interface Props<T> {
  readonly query: UseQueryResult<T>
  /** `the hosts` */
  readonly what: string
  children(found: T): ReactNode
}

/** What was found before stays, with a word above it, where it cannot be read again. */
export function Shown<T>({ query, what, children }: Props<T>) {
  const { data, error, isPending, refetch } = query
  if (data !== undefined)
    return (
      <>
        {error !== null && (
          <Alert
            isInline
            variant="warning"
            title={`This may be old: ${wordsOf(error)}`}
            component="p"
            className="berth-old"
          />
        )}
        {children(data)}
      </>
    )
  if (isPending) return <Loading what={what} />
  return <Failed what={what} error={error} again={() => void refetch()} />
}

interface FailedProps {
  readonly what: string
  readonly error: unknown
  again(): void
}

export function Failed({ what, error, again }: FailedProps) {
  const gone = error instanceof Refused && error.status === 404
  return (
    <EmptyState
      titleText={gone ? 'It is not there' : `Berth could not read ${what}`}
      status={gone ? 'info' : 'danger'}
      headingLevel="h2"
    >
      <EmptyStateBody>{wordsOf(error)}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="secondary" onClick={again}>
            Try again
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  )
}
