/** A host's PCI devices. */
export function PciTab({ host }: { readonly host: string }) {
  return <p>{host}</p>
}
