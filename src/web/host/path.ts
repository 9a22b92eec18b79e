/** Addresses of a host's views. */

/** `host`: its id or name; `tab`: see tabs.tsx. */
export const hostPath = (host: string | number, tab: string): string =>
  `/hosts/${encodeURIComponent(host)}/${tab}`

/** A device's place in the PCI tab. */
export const devicePath = (host: string | number, address: string): string =>
  `${hostPath(host, 'pci')}?device=${encodeURIComponent(address)}`
