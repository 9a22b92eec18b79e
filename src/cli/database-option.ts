/** Which database a command line names: read by main.ts before any command is parsed. */

/**
 * The value of `--db URL` or `--db=URL` (the last one given, before any `--`); null where it is not given.
 * A `--db` without a value is left to the parser, which refuses it.
 */
export function databaseOption(argv: readonly string[]): string | null {
  const end = argv.indexOf('--')
  const options = end === -1 ? argv : argv.slice(0, end)
  let url: string | null = null
  options.forEach((word, index) => {
    if (word === '--db') url = options[index + 1] ?? url
    else if (word.startsWith('--db=')) url = word.slice('--db='.length)
  })
  return url
}
