/** `berth schema`: the JSON Schemas that ship with Berth. */
import type { Command } from 'commander'
import { NotFound } from '../../model/errors.ts'
import { type Cli, type JsonOption, leaf, print } from '../command.ts'
import { jsonText } from '../text/printable.ts'

export function schemaCommand(command: Command, cli: Cli): void {
  leaf(command.argument('[name]', 'a schema; without it, their names'), [
    'schema',
    'schema pci-inventory',
  ]).action(async (name: string | undefined, options: JsonOption) => {
    const names = await cli.ports.schemaNames()
    if (name === undefined)
      return print(cli, options, names, () => names.map((known) => `${known}\n`).join(''))
    const schema = await cli.ports.schema(name)
    if (schema === undefined)
      throw new NotFound('unknown-schema', `there is no schema ${name}; there are: ${names.join(', ')}`, {
        name,
      })
    cli.ports.stdout(`${jsonText(schema)}\n`)
  })
}
