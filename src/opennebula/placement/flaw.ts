/** What makes a VM's own template impossible, whatever hosts there are. */
import type { PciRequest } from '../pci/request.ts'

/** Null = nothing. Texts of the template in it are as the owner wrote them. */
export function flawOf(requests: readonly PciRequest[]): string | null {
  const broken = requests.find((request) => request.broken !== null)
  if (broken !== undefined) return `PCI ${broken.index}: ${broken.broken}`
  const seen = new Map<string, number>()
  for (const { address, index } of requests) {
    if (address === null) continue
    const twin = seen.get(address)
    if (twin !== undefined)
      return `PCI ${twin} and PCI ${index} both ask for ${address}: OpenNebula would start the VM with one device`
    seen.set(address, index)
  }
  return null
}
