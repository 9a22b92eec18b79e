/** Addresses of a host's page. */

/** `host`: its id or name; `tab`: see host/tabs.tsx, left out = the usual one. */
export const hostPath = (host: string | number, tab?: string): string =>
  `/hosts/${encodeURIComponent(host)}${tab === undefined ? '' : `/${tab}`}`

/** A device's place in the PCI tab. */
export const devicePath = (host: string | number, address: string): string =>
  `${hostPath(host, 'pci')}?device=${encodeURIComponent(address)}`
