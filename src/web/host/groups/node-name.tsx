/** What a row of the tree is called: the bus, the bridge's part in the tree, or the device's name. */
import { shortAddress } from '../../../model/address.ts'
import { counted } from '../../parts/amounts.ts'
import { deviceName, deviceType } from '../../parts/device-name.ts'
import { nodesOf, type PciNode } from './tree.ts'

const ROLES = {
  root: 'Root complex',
  bus: 'Bus',
  port: 'root port',
  switch: 'switch',
  downstream: 'switch port',
  bridge: 'bridge',
} as const

export function NodeName({ node, isOpen }: { readonly node: PciNode; readonly isOpen: boolean | null }) {
  const { kind, id, address, device } = node
  const below = isOpen === false && <Below node={node} />
  if (kind === 'vfs')
    return (
      <span className="berth-tree-words">
        {counted(node.children.length, 'virtual function')} {below}
      </span>
    )
  if (kind === 'root' || kind === 'bus')
    return (
      <span className="berth-tree-words">
        <strong>
          {ROLES[kind]} <span className="berth-code">{id}</span>
        </strong>
        <span className="berth-subtle">
          {kind === 'bus' ? 'what is above it is not known' : numaOf(node)}
        </span>
        {below}
      </span>
    )
  return (
    <span className="berth-tree-words">
      <span className="berth-code">{address === null ? `??:${id.slice(-4)}` : shortAddress(address)}</span>
      {kind !== 'endpoint' && <span>{ROLES[kind]}</span>}
      {device === null ? (
        <span className="berth-subtle">not in the inventory</span>
      ) : (
        <>
          {kind === 'endpoint' && (
            <span className="berth-tree-title" title={deviceName(device)}>
              {device.deviceName ?? deviceName(device)}
            </span>
          )}
          <span className="berth-tree-type berth-code berth-subtle">{deviceType(device)}</span>
        </>
      )}
      {below}
    </span>
  )
}

/** What a closed row stands for. */
function Below({ node }: { readonly node: PciNode }) {
  const states = new Map<string, number>()
  for (const { device } of nodesOf(node.children))
    if (device !== null && !device.bridge && device.offered)
      states.set(device.state, (states.get(device.state) ?? 0) + 1)
  const endpoints = [...nodesOf(node.children)].filter(({ kind }) => kind === 'endpoint').length
  const words = [...states].map(([state, count]) => `${count} ${state}`).join(', ')
  return (
    <span className="berth-subtle">
      {node.kind !== 'vfs' && `${counted(endpoints, 'function')} below`}
      {node.kind !== 'vfs' && words !== '' && ': '}
      {words}
    </span>
  )
}

function numaOf(node: PciNode): string {
  const numa = new Set([...nodesOf(node.children)].flatMap(({ device }) => device?.numaNode ?? []))
  const [first, ...others] = numa
  return first === undefined || others.length > 0 ? '' : `NUMA node ${first}`
}
