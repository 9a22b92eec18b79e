/** Tree -> template text: every blank, comment and spelling comes back as it was read. */
import type { TemplateTree } from './tree.ts'

/** `printTemplate(parseTemplate(text))` is `text`. */
export function printTemplate(tree: TemplateTree): string {
  return tree.attributes.map((attribute) => attribute.before + attribute.source).join('') + tree.after
}
