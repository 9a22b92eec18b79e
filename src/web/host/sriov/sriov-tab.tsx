/** A host's SR-IOV tab. */
export function SriovTab({ host }: { readonly host: string }) {
  return <p>{host}</p>
}
