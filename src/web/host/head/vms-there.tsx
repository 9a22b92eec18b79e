/** The VMs on a host, by name, for windows that say who is concerned. */
import { List, ListItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { vmList } from '../../api/queries.ts'
import { Shown } from '../../parts/shown.tsx'

interface Props {
  readonly host: number
  /** In the place of the list where none is there. */
  readonly none: string
}

export function VmsThere({ host, none }: Props) {
  return (
    <Shown query={useQuery(vmList({ host: String(host) }))} what="its VMs">
      {(vms) =>
        vms.length === 0 ? (
          <p>{none}</p>
        ) : (
          <List className="berth-names">
            {vms.map(({ id, name, state, devices }) => (
              <ListItem key={id}>
                <Link to={`/vms/${id}`}>
                  VM {id} ({name})
                </Link>
                , {state}
                {devices.length > 0 && `, with ${devices.map(({ address }) => address).join(' ')}`}
              </ListItem>
            ))}
          </List>
        )
      }
    </Shown>
  )
}
