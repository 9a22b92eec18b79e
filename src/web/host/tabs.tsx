/** A host's views as tabs: each an address of its own. */
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { type MouseEvent, useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { hostPath } from '../parts/paths.ts'
import { GroupsTab } from './groups/groups-tab.tsx'
import { OverviewTab } from './overview/overview-tab.tsx'
import { PciTab } from './pci/pci-tab.tsx'
import { SriovTab } from './sriov/sriov-tab.tsx'
import { UsbTab } from './usb/usb-tab.tsx'

export const TABS = [
  { id: 'overview', name: 'Overview', Shown: OverviewTab },
  { id: 'pci', name: 'PCI devices', Shown: PciTab },
  { id: 'groups', name: 'IOMMU groups', Shown: GroupsTab },
  { id: 'sriov', name: 'SR-IOV', Shown: SriovTab },
  { id: 'usb', name: 'USB devices', Shown: UsbTab },
] as const

/** The element that holds the view. */
export const VIEW = 'host-view'
export const USUAL_TAB = 'pci'

interface Props {
  readonly host: string
  readonly at: string
}

export function HostTabs({ host, at }: Props) {
  const navigate = useNavigate()
  const nav = useRef<HTMLDivElement>(null)
  // On a phone not all of them have room.
  useEffect(() => {
    nav.current?.querySelector(`[href="${hostPath(host, at)}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [host, at])
  const go = (event: MouseEvent, to: string): void => {
    // A click with a key held is the browser's: a new tab, a window, a download.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    void navigate(to)
  }
  return (
    <div ref={nav}>
      <Tabs activeKey={at} component="nav" aria-label="Views of the host" className="berth-host-tabs">
        {TABS.map(({ id, name }) => {
          const to = hostPath(host, id)
          return (
            <Tab
              key={id}
              eventKey={id}
              href={to}
              tabContentId={VIEW}
              title={<TabTitleText>{name}</TabTitleText>}
              onClick={(event: MouseEvent) => go(event, to)}
            />
          )
        })}
      </Tabs>
    </div>
  )
}
