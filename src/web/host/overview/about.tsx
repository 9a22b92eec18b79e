/** What a host is, where it is reached, and what operators said of it. */
import type { HostView } from '../../api/documents.ts'
import { type Fact, FactList } from '../../parts/facts.tsx'
import { Time } from '../../parts/time.tsx'
import { Part } from './part.tsx'

export function About({ host }: { readonly host: HostView }) {
  return (
    <Part title="About">
      <FactList facts={[...aboutOf(host), ...agentOf(host.agent), ...attributesOf(host)]} />
    </Part>
  )
}

const code = (text: string) => <span className="berth-code">{text}</span>

function aboutOf(host: HostView): readonly Fact[] {
  const { id, cluster, driver, simulated, uri, filter, capacity, bootId, reportedAt, generation } = host
  return [
    ['ID', id],
    ['Cluster', cluster],
    ['Driver', simulated ? `${driver}, SIMULATED: no machine behind it` : driver],
    ['URI', code(uri)],
    ['Filter', filter === null ? 'none, all devices are offered' : code(filter)],
    ['Kernel', capacity === null ? 'not known' : `${capacity.kernel} (${capacity.arch})`],
    ['Hypervisor', capacity === null ? 'not known' : (capacity.hypervisor ?? 'none found')],
    ['Boot ID', bootId === null ? 'not known' : code(bootId)],
    ['Last report', <Time key="report" at={reportedAt} />],
    ['Generation', generation],
  ]
}

function agentOf(agent: HostView['agent']): readonly Fact[] {
  if (agent === null) return [['Agent', "none: it is reached in the controller's process"]]
  if (agent.joinedAt === null) return [['Agent', 'none has joined yet']]
  return [
    ['Agent', agent.version === null ? 'has not said hello yet' : `version ${agent.version}`],
    ['Joined', <Time key="joined" at={agent.joinedAt} />],
    ['Last heard', <Time key="heard" at={agent.heardAt} />],
    ['Compared', agent.compared ? 'yes' : 'no, its whole report is awaited'],
  ]
}

function attributesOf({ attributes }: HostView): readonly Fact[] {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return [['Attributes', 'none']]
  const lines = entries.map(([name, value]) => (
    <div key={name} className="berth-code">
      {name} = {JSON.stringify(value)}
    </div>
  ))
  return [['Attributes', lines]]
}
