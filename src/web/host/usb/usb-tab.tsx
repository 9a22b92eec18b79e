/** A host's USB tab. */
export function UsbTab({ host }: { readonly host: string }) {
  return <p>{host}</p>
}
