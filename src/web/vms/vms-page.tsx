/** VMs. */
import { Heading } from '../parts/heading.tsx'

export function VmsPage() {
  return <Heading title="VMs" />
}
