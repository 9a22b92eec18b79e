/** A link that looks like a button: it leads somewhere, and a new tab can have it. */
import { Button } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'

interface Props {
  readonly to: string
  readonly variant?: 'primary' | 'secondary' | 'link'
  readonly isCompact?: boolean
  readonly children: ReactNode
}

export function LinkButton({ to, variant = 'primary', isCompact = false, children }: Props) {
  return (
    <Button
      variant={variant}
      {...(isCompact && { size: 'sm' as const })}
      component={(props: object) => <Link {...props} to={to} />}
    >
      {children}
    </Button>
  )
}
