/** What stands around every page: where one can go, whether it is live, and who is signed in. */
import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
} from '@patternfly/react-core'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { useLive } from '../api/live.ts'
import { Announcements } from '../parts/announce.tsx'
import { Account } from './account.tsx'
import { LiveMark } from './live-mark.tsx'
import { BerthMark } from './mark.tsx'

export const MAIN = 'main'

const PLACES = [
  { to: '/hosts', name: 'Hosts' },
  { to: '/vms', name: 'VMs' },
  { to: '/templates', name: 'Templates' },
  { to: '/plan', name: 'Plan' },
] as const

export function Frame({ children }: { readonly children: ReactNode }) {
  const { pathname } = useLocation()
  const connection = useLive()
  const skip = (
    <SkipToContent
      href={`#${MAIN}`}
      onClick={(event) => {
        event.preventDefault()
        document.getElementById(MAIN)?.focus()
      }}
    >
      Skip to content
    </SkipToContent>
  )
  return (
    <Page
      masthead={<Head connection={connection} />}
      sidebar={<Side pathname={pathname} />}
      isManagedSidebar
      skipToContent={skip}
      mainContainerId={MAIN}
      mainAriaLabel="Page"
    >
      {children}
      <Announcements />
    </Page>
  )
}

function Head({ connection }: { readonly connection: ReturnType<typeof useLive> }) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation" />
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/hosts" className="berth-brand">
            <BerthMark />
            <span>Berth</span>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="berth-head-end">
          <LiveMark connection={connection} />
          <Account />
        </div>
      </MastheadContent>
    </Masthead>
  )
}

function Side({ pathname }: { readonly pathname: string }) {
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {PLACES.map(({ to, name }) => (
              <NavItem key={to} isActive={pathname === to || pathname.startsWith(`${to}/`)}>
                <Link to={to}>{name}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  )
}
