/** A host's IOMMU groups, drawn over the PCIe tree; a click tells why a group can not be given. */
import { useQuery } from '@tanstack/react-query'
import { groupsOf, hostOf } from '../../api/queries.ts'
import { Nothing } from '../../parts/nothing.tsx'
import { Shown } from '../../parts/shown.tsx'
import { DrawnGroups } from './drawn-groups.tsx'

export function GroupsTab({ host }: { readonly host: string }) {
  const shown = useQuery(hostOf(host))
  const groups = useQuery(groupsOf(host))
  return (
    <Shown query={shown} what="the host">
      {(view) => (
        <Shown query={groups} what="its IOMMU groups">
          {(found) =>
            found.groups.length === 0 ? (
              <Nothing title="No PCI device is known">
                The host has reported none yet, or its filter leaves out all.
              </Nothing>
            ) : (
              <DrawnGroups host={host} view={view} groups={found.groups} />
            )
          }
        </Shown>
      )}
    </Shown>
  )
}
