/** A host at a glance. */
export function OverviewTab({ host }: { readonly host: string }) {
  return <p>{host}</p>
}
