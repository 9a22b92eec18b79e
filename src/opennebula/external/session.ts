/** The session with which Berth asks OpenNebula's API, from a file as OpenNebula's own programs keep it (one_auth). */
import { readFile, stat } from 'node:fs/promises'
import { InvalidInput } from '../../model/errors.ts'

/** `user:password` or `user:token`. InvalidInput `auth-file`: it cannot be read, is open to others, or holds something else. */
export async function sessionIn(file: string): Promise<string> {
  const [text, { mode }] = await Promise.all([readFile(file, 'utf8'), stat(file)]).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new InvalidInput('auth-file', `the session file cannot be read: ${why}`, { file }, error)
  })
  if ((mode & 0o077) !== 0)
    throw new InvalidInput(
      'auth-file',
      `${file} is open to others than its owner (mode ${(mode & 0o777).toString(8)}): chmod 600 ${file}`,
      { file },
    )
  const session = text.trim()
  if (!/^[^\s:]+:\S/.test(session))
    throw new InvalidInput('auth-file', `${file} does not hold one line of "user:password"`, { file })
  return session
}
