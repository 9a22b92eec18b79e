/** A host's name, and its state with what is wrong with it, in the list. */
import { Label } from '@patternfly/react-core'
import { Link } from 'react-router'
import type { HostSummary } from '../../api/documents.ts'
import { HostStateLabel, SimulatedLabel } from '../../parts/host-state.tsx'
import { hostPath } from '../../parts/paths.ts'
import { Time } from '../../parts/time.tsx'

interface Props {
  readonly host: HostSummary
}

/** `hasClusters` = there are several, and it is told which it is in. */
export function HostName({ host, hasClusters }: Props & { readonly hasClusters: boolean }) {
  return (
    <span className="berth-host-name">
      <Link to={hostPath(host.name)}>{host.name}</Link>
      {host.simulated && <SimulatedLabel />}
      {hasClusters && <span className="berth-host-cluster">{host.cluster}</span>}
    </span>
  )
}

export function HostTrouble({ host }: Props) {
  const { agent, passthrough } = host
  return (
    <div className="berth-host-trouble">
      <span className="berth-host-labels">
        <HostStateLabel state={host.state} />
        {passthrough === false && (
          <Label isCompact color="orange" variant="outline">
            not ready
          </Label>
        )}
        {passthrough === null && (
          <Label isCompact variant="outline">
            never probed
          </Label>
        )}
        {host.reportedAt !== null && (
          <span className="berth-reported">
            <Time at={host.reportedAt} />
          </span>
        )}
      </span>
      {agent !== null && agentTrouble(agent) !== null && <Trouble words={agentTrouble(agent) ?? ''} />}
      {host.failure !== null && <Trouble words={host.failure} />}
      {host.passthroughReason !== null && <Trouble words={host.passthroughReason} />}
    </div>
  )
}

/** Two lines of it, the rest on the host's own page. */
function Trouble({ words }: { readonly words: string }) {
  return (
    <span className="berth-trouble" title={words}>
      {words}
    </span>
  )
}

function agentTrouble({
  joinedAt,
  silentSeconds,
  compared,
}: NonNullable<HostSummary['agent']>): string | null {
  if (joinedAt === null) return 'no agent has joined yet'
  if (silentSeconds !== null) return `its agent is silent for ${span(silentSeconds)}`
  return compared ? null : 'its agent has not reported since it, or the controller, came back'
}

/** `40 s`, `12 min`, `3 h`, `2 d`. */
function span(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`
}
