/** `-j`, `-x`, `-y`: an answer as a document; what writes it is loaded when it is asked for. */
import { type Command, Option } from 'commander'
import { elementName, elementOf, type XmlElement } from './element.ts'

/** Gives the whole text of a document, its last line ended. `view` = OpenNebula's shape of it, where it has one. */
export type DocumentWriter = (document: unknown, view?: () => XmlElement) => string

export interface DocumentOptions {
  readonly json?: true
  readonly xml?: true
  /** Set where `-x` or `-y` was given. */
  readonly writer?: DocumentWriter
}

/** XML's outermost element is named after the group: `vm show` prints a VM, `vm list` a VM_POOL. */
function rootName(command: Command): string {
  const group = command.parent?.parent ? command.parent.name() : command.name()
  return elementName(group)
}

async function writerFor(command: Command): Promise<DocumentWriter | null> {
  const { xml, yaml } = command.opts<{ xml?: true; yaml?: true }>()
  if (yaml) {
    const { yamlText } = await import('./yaml.ts')
    return yamlText
  }
  if (!xml) return null
  const { xmlText } = await import('./xml.ts')
  const name = rootName(command)
  return (document, view) => {
    if (view) return xmlText(view())
    return xmlText(
      Array.isArray(document) ? elementOf(`${name}_POOL`, document, name) : elementOf(name, document),
    )
  }
}

/** Gives a command `-x` and `-y` beside its `-j`; once, however often it is called. */
export function documentOptions(command: Command): Command {
  if (command.options.some(({ long }) => long === '--xml')) return command
  return command
    .addOption(
      new Option('-x, --xml', "print the answer as XML, in OpenNebula's shape").conflicts(['json', 'yaml']),
    )
    .addOption(new Option('-y, --yaml', 'print the answer as YAML').conflicts(['json']))
    .hook('preAction', async (_, action) => {
      const writer = await writerFor(action)
      if (writer !== null) action.setOptionValue('writer', writer)
    })
}
