/** Host. */
import { Heading } from '../parts/heading.tsx'

export function HostPage() {
  return <Heading title="Host" />
}
