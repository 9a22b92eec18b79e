/** Which database a command line means: read by main.ts before any command is parsed. */

export const DEFAULT_DATABASE = 'berth.db'

/**
 * The value of `--db URL` or `--db=URL` (the last one given, before any `--`), else `$BERTH_DB`, else `berth.db`.
 * A `--db` without a value is left to the parser, which refuses it.
 */
export function databaseUrl(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string {
  const end = argv.indexOf('--')
  const options = end === -1 ? argv : argv.slice(0, end)
  let url: string | undefined
  options.forEach((word, index) => {
    if (word === '--db') url = options[index + 1] ?? url
    else if (word.startsWith('--db=')) url = word.slice('--db='.length)
  })
  return url || env.BERTH_DB || DEFAULT_DATABASE
}
