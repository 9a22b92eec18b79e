/** Template. */
import { Heading } from '../parts/heading.tsx'

export function TemplatePage() {
  return <Heading title="Template" />
}
