/** A host's Groups tab. */
export function GroupsTab({ host }: { readonly host: string }) {
  return <p>{host}</p>
}
