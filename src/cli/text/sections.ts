/** The sections of `show` commands in OpenNebula's manner: a title, then `LABEL : value` lines or a table. */
import { printable } from './printable.ts'

const LABEL_WIDTH = 22

export type Field = readonly [label: string, value: string | number | null]

/** One `LABEL                 : value` line; null shows as `-`. */
export function fieldLine([label, value]: Field): string {
  return `${label.padEnd(LABEL_WIDTH)}: ${value === null ? '-' : printable(String(value))}`
}

/** A title and its lines; sections are joined by an empty line. */
export function section(title: string, lines: readonly string[]): string {
  return [title, ...lines].join('\n')
}

/** A title, an empty line and a table, as OpenNebula sets its tables off. */
export function tableSection(title: string, table: string): string {
  return `${title}\n\n${table}`
}

export function page(sections: readonly (string | null)[]): string {
  return `${sections.filter((text) => text !== null).join('\n\n')}\n`
}
