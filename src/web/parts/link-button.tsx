/** A link that looks like a button: it leads somewhere, and a new tab can have it. */
import { Button } from '@patternfly/react-core'
import { type ReactNode, useCallback } from 'react'
import { Link } from 'react-router'

interface Props {
  readonly to: string
  readonly variant?: 'primary' | 'secondary' | 'link'
  readonly isCompact?: boolean
  readonly children: ReactNode
}

export function LinkButton({ to, variant = 'primary', isCompact = false, children }: Props) {
  // The same component as long as it leads to the same place: another one would take the keyboard's place from it.
  const Way = useCallback((props: object) => <Link {...props} to={to} />, [to])
  return (
    <Button variant={variant} {...(isCompact && { size: 'sm' as const })} component={Way}>
      {children}
    </Button>
  )
}
