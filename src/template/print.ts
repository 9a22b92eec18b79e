/** Tree -> template text: every blank, comment and spelling comes back as it was read. */
import type { TemplateTree } from './tree.ts'

/** `printTemplate(parseTemplate(text))` is `text`; attributes may be left out or put in another order between the two. */
export function printTemplate(tree: Omit<TemplateTree, 'text'>): string {
  return tree.attributes.map((attribute) => attribute.before + attribute.source).join('') + tree.after
}
