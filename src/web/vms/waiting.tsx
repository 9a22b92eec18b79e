/** Why a VM waits: in a sentence, the smallest change that would help, then host by host. */
import { Alert } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import type { Explanation, VmView } from '../api/documents.ts'
import { explanationOf } from '../api/queries.ts'
import { counted } from '../parts/amounts.ts'
import { Shown } from '../parts/shown.tsx'
import { Changes } from './changes.tsx'
import { Fitting } from './fitting.tsx'
import { HostLink, useSimulated } from './host-link.tsx'
import { HostReasons } from './host-reasons.tsx'
import { Section } from './section.tsx'

export function Waiting({ vm }: { readonly vm: VmView }) {
  const query = useQuery(explanationOf(vm.id))
  return (
    <Section title={vm.state === 'HOLD' ? 'Why it is not placed' : 'Why it waits'}>
      <Shown query={query} what="why it waits">
        {(why) => <Why vm={vm} why={why} />}
      </Shown>
    </Section>
  )
}

function Why({ vm, why }: { readonly vm: VmView; readonly why: Explanation }) {
  return (
    <div className="berth-vm-why">
      <p role="status">{why.message}</p>
      {why.fitting.length > 0 && <Fitting vm={vm} why={why} />}
      {why.smallest != null && <Smallest vm={vm} why={why} smallest={why.smallest} />}
      {why.reasons.length > 0 && <HostReasons vm={vm} why={why} />}
    </div>
  )
}

interface SmallestProps {
  readonly vm: VmView
  readonly why: Explanation
  readonly smallest: NonNullable<Explanation['smallest']>
}

function Smallest({ vm, why: { considered, reasons }, smallest }: SmallestProps) {
  const simulated = useSimulated()
  const { host, hostName, changes, exact } = smallest
  const isPart = considered < reasons.length
  return (
    <Alert
      isInline
      variant="info"
      className="berth-vm-smallest"
      title={`Smallest change that would help: ${counted(changes.length, 'step')} on ${hostName}`}
      component="h3"
    >
      <Changes changes={changes} host={{ id: host, name: hostName }} vm={vm} />
      <div className="berth-vm-quiet">
        Then <HostLink name={hostName} isSimulated={simulated.has(hostName)} /> could take it.
        {!exact && ' There may be a smaller one: not every set of changes was tried.'}
        {isPart && ` Worked out for ${considered} of ${counted(reasons.length, 'host')}.`}
      </div>
    </Alert>
  )
}
