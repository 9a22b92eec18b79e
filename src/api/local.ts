/** Who types the commands of this machine, for the log. */
import { userInfo } from 'node:os'

/** `local:<user>`, or the user's number where it has no name. */
export function localName(): string {
  try {
    return `local:${userInfo().username}`
  } catch {
    // A container's user often stands in no /etc/passwd.
    return `local:${process.getuid?.() ?? 'unknown'}`
  }
}
