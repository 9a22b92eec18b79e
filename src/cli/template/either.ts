/** A template that a command is about: a file's text, or one that is stored. */
import { Argument } from 'commander'
import { NotFound } from '../../model/errors.ts'
import { nameArgument } from '../command.ts'
import type { CliPorts } from '../ports.ts'
import { withTemplateFile } from './file.ts'

export function templateArgument(): Argument {
  const words = 'a file (- = standard input), or the id or name of a stored one'
  return new Argument('<template>', words).argParser(nameArgument)
}

const isMissing = (error: unknown): boolean => error instanceof NotFound && error.code === 'file-missing'

/** A number names a stored template; so does a word that is no path, where no file has that name. */
export async function ofTemplate<T>(
  ports: CliPorts,
  word: string,
  ask: { stored(): Promise<T>; text(text: string): Promise<T> },
): Promise<T> {
  if (/^\d+$/.test(word)) return ask.stored()
  try {
    return await withTemplateFile(ports, word, ask.text)
  } catch (error) {
    if (isMissing(error) && !word.includes('/')) return ask.stored()
    throw error
  }
}
