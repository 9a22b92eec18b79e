/** Templates. */
import { Heading } from '../parts/heading.tsx'

export function TemplatesPage() {
  return <Heading title="Templates" />
}
