/** Templates as people see them: `template list` and `template show`. */
import type { TemplateView } from './documents.ts'
import { isoTime } from './time.ts'

/** A stored template. */
export interface StoredTemplate {
  readonly id: number
  readonly name: string
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

export function templateView({ id, name, text, createdAt }: StoredTemplate): TemplateView {
  return { id, name, text, createdAt: isoTime(createdAt) }
}
