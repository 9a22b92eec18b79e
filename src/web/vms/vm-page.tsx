/** VM. */
import { Heading } from '../parts/heading.tsx'

export function VmPage() {
  return <Heading title="VM" />
}
