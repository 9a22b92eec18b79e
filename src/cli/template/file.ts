/** A template in a file: what cannot be one is refused here, what the API refuses is told with the file's name. */
import { InvalidInput } from '../../model/errors.ts'
import { ApiRefusal } from '../failure.ts'
import type { CliPorts } from '../ports.ts'

/** As the API has it (src/api/schemas.ts). */
export const LONGEST_TEMPLATE = 262_144

/** `ask` with the file's text, `-` = standard input. Throws InvalidInput `template-invalid`, and what the file's reader and `ask` throw. */
export async function withTemplateFile<T>(
  ports: CliPorts,
  path: string,
  ask: (text: string) => Promise<T>,
): Promise<T> {
  const text = await ports.readFile(path)
  const name = path === '-' ? 'standard input' : path
  if (text.trim() === '') throw new InvalidInput('template-invalid', `${name} is empty: it is no template`)
  if (text.length > LONGEST_TEMPLATE)
    throw new InvalidInput(
      'template-invalid',
      `${name} has ${text.length} characters: a template has ${LONGEST_TEMPLATE} at most`,
    )
  try {
    return await ask(text)
  } catch (error) {
    if (!(error instanceof ApiRefusal) || !speaksOfText(error)) throw error
    throw new ApiRefusal(error.status, error.code, `${name}: ${error.message}`, error.facts)
  }
}

/** Not of the options beside it. */
function speaksOfText({ status, code }: ApiRefusal): boolean {
  return status === 400 && code !== 'invalid-request' && code !== 'name-invalid'
}
