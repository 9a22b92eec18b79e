/** Reads a function's configuration space, as much of it as its capabilities take: between sysfs.ts and capability.ts. */
import { closeSync, openSync, readSync } from 'node:fs'
import { orAbsent } from '../read.ts'
import { type Capabilities, readCapabilities } from './capability.ts'

const CONFIG = new Uint8Array(64)

/** Null = there is no such file, or it tells nothing. CommandFailed `unreadable`. */
export function configCapabilities(file: string): Capabilities | null {
  const handle = orAbsent(file, () => openSync(file, 'r'))
  if (handle === null) return null
  try {
    return orAbsent(file, () =>
      readCapabilities((offset, length) => {
        const got = readSync(handle, CONFIG, 0, length, offset)
        return new DataView(CONFIG.buffer, 0, got)
      }),
    )
  } finally {
    closeSync(handle)
  }
}
