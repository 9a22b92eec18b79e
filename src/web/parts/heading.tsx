/** The head of a page: where it is, its title, what can be done there. Sets the tab's title, too. */
import { Breadcrumb, BreadcrumbItem, Content, PageSection, Title } from '@patternfly/react-core'
import { type ReactNode, useEffect } from 'react'
import { Link } from 'react-router'

interface Props {
  readonly title: string
  /** Stands beside the title: a state, say. */
  readonly beside?: ReactNode
  readonly about?: ReactNode
  /** Pages above it, the topmost first. */
  readonly above?: readonly { readonly to: string; readonly name: string }[]
  readonly actions?: ReactNode
}

export function Heading({ title, beside, about, above = [], actions }: Props) {
  useEffect(() => {
    document.title = `${title} - Berth`
  }, [title])
  return (
    <PageSection className="berth-heading">
      {above.length > 0 && (
        <Breadcrumb>
          {above.map(({ to, name }) => (
            <BreadcrumbItem
              key={to}
              render={({ className }) => (
                <Link className={className} to={to}>
                  {name}
                </Link>
              )}
            />
          ))}
          <BreadcrumbItem isActive>{title}</BreadcrumbItem>
        </Breadcrumb>
      )}
      <div className="berth-heading-line">
        <div className="berth-heading-title">
          <Title headingLevel="h1">{title}</Title>
          {beside}
        </div>
        {actions !== undefined && <div className="berth-heading-actions">{actions}</div>}
      </div>
      {about !== undefined && <Content component="p">{about}</Content>}
    </PageSection>
  )
}
