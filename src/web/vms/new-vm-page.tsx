/** New. */
import { Heading } from '../parts/heading.tsx'

export function NewVmPage() {
  return <Heading title="New" />
}
