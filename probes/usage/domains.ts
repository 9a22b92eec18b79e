/** Asks the local libvirt for its running domains; loaded only where they are wanted. */
import { runningDomains } from '../../src/libvirt/running-domains.ts'
import { createVirsh } from '../../src/libvirt/virsh.ts'
import { BerthError } from '../../src/model/errors.ts'
import type { RunningDomain } from '../../src/model/usage.ts'
import type { Warn } from '../read.ts'

/** Null where libvirt can't be asked (`warn` says why). InvalidInput `remote-uri`. */
export async function askDomains(uri: string, warn: Warn): Promise<readonly RunningDomain[] | null> {
  const virsh = createVirsh({ uri })
  try {
    return await runningDomains(virsh)
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    warn(`running domains are not known: ${error.message}`)
    return null
  }
}
