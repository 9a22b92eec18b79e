/** Hosts. */
import { Heading } from '../parts/heading.tsx'

export function HostsPage() {
  return <Heading title="Hosts" />
}
