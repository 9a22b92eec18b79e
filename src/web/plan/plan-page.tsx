/** Plan. */
import { Heading } from '../parts/heading.tsx'

export function PlanPage() {
  return <Heading title="Plan" />
}
