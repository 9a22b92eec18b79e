/** Builders of what OpenNebula 7 writes to a placer: documents made by hand from its description, with defaults that fit. */

type Values = Readonly<Record<string, string | number>>

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`
const cdata = (name: string, value: string | number): string => element(name, `<![CDATA[${value}]]>`)
const all = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => cdata(name, value))
    .join('')
const ids = (list: readonly number[]): string => list.map((id) => element('ID', String(id))).join('')

/**
 * `3b:00.0 10de:20b0:0302`, then ` vm=7` where a VM has it, ` node=1` for its NUMA node and ` short=3b:00.0` where its record
 * has another SHORT_ADDRESS than follows from its address.
 */
export function device(text: string): string {
  const [short = '', type = '', ...more] = text.split(' ')
  const [vendor = '', id = '', kind = ''] = type.split(':')
  const option = (name: string, missing: string) =>
    more.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? missing
  return element(
    'PCI',
    all({
      ADDRESS: `${/^[0-9a-f]{2}:/.test(short) ? '0000:' : ''}${short.replace('.', ':')}`,
      CLASS: kind,
      DEVICE: id,
      NUMA_NODE: option('node', '-'),
      SHORT_ADDRESS: option('short', short),
      VENDOR: vendor,
      VMID: option('vm', '-1'),
    }),
  )
}

export interface HostShape {
  readonly id: number
  readonly state?: number
  readonly cluster?: number
  readonly devices?: readonly string[]
  readonly share?: Values
  readonly template?: Values
  readonly capacity?: Values
  readonly freeDisk?: number
  readonly localDisks?: readonly Values[]
  /** NODE elements. */
  readonly nodes?: readonly string[]
  readonly vms?: readonly number[]
}

/** 8 cores and 16 GiB, nothing running, in cluster 0. */
export function host(shape: HostShape): string {
  const share = { MAX_CPU: 800, MAX_MEM: 16777216, CPU_USAGE: 0, MEM_USAGE: 0, RUNNING_VMS: 0, VMS_THREAD: 1 }
  const disks = (shape.localDisks ?? []).map((values) => element('DS', all(values))).join('')
  return element(
    'HOST',
    element('ID', String(shape.id)) +
      element('NAME', `host-${shape.id}`) +
      element('STATE', String(shape.state ?? 2)) +
      element('CLUSTER_ID', String(shape.cluster ?? 0)) +
      element(
        'HOST_SHARE',
        all({ ...share, ...shape.share }) +
          element('DATASTORES', cdata('FREE_DISK', shape.freeDisk ?? 20480) + disks) +
          element('PCI_DEVICES', (shape.devices ?? []).map(device).join('')) +
          element('NUMA_NODES', (shape.nodes ?? []).join('')),
      ) +
      element('VMS', ids(shape.vms ?? [])) +
      element('TEMPLATE', all(shape.template ?? {})) +
      element('MONITORING', element('CAPACITY', all(shape.capacity ?? {}))) +
      '<CLUSTER_TEMPLATE/>',
  )
}

/** A NUMA node of `cores` cores with two threads each, 8 GiB, and 512 pages of 2 MiB. */
export function node(id: number, cores: readonly number[], values: Values = {}): string {
  const memory = { DISTANCE: id === 0 ? '0 1' : '1 0', TOTAL: 8388608, USAGE: 0, ...values }
  const core = (n: number) =>
    element('CORE', all({ CPUS: `${n}:-1,${n + 64}:-1`, DEDICATED: 'NO', FREE: 2, ID: n }))
  return element(
    'NODE',
    cores.map(core).join('') +
      element('HUGEPAGE', all({ PAGES: 512, SIZE: 2048, USAGE: 0 })) +
      element('MEMORY', all(memory)) +
      cdata('NODE_ID', id),
  )
}

export interface VmShape {
  readonly id: number
  readonly state?: number
  readonly resched?: boolean
  readonly cpu?: number | string
  readonly memory?: number
  readonly pci?: readonly Values[]
  readonly disks?: readonly Values[]
  readonly nics?: readonly Values[]
  readonly topology?: Values
  readonly nodes?: readonly Values[]
  readonly user?: Values
  readonly history?: Values
}

/** Pending, one core, 128 MiB. */
export function vm(shape: VmShape): string {
  const vectors = (name: string, list: readonly Values[] = []) =>
    list.map((values) => element(name, all(values))).join('')
  return element(
    'VM',
    element('ID', String(shape.id)) +
      element('STATE', String(shape.state ?? 1)) +
      element('RESCHED', shape.resched ? '1' : '0') +
      element(
        'TEMPLATE',
        all({ CPU: shape.cpu ?? 1, MEMORY: shape.memory ?? 128 }) +
          vectors('PCI', shape.pci) +
          vectors('DISK', shape.disks) +
          vectors('NIC', shape.nics) +
          vectors('NUMA_NODE', shape.nodes) +
          (shape.topology === undefined ? '' : element('TOPOLOGY', all(shape.topology))),
      ) +
      element('USER_TEMPLATE', all(shape.user ?? {})) +
      element('HISTORY_RECORDS', shape.history === undefined ? '' : element('HISTORY', all(shape.history))),
  )
}

export interface StoreShape {
  readonly id: number
  readonly type?: number
  readonly clusters?: readonly number[]
  readonly free?: number
  readonly template?: Values
}

/** A shared system datastore with 1 GB free, in cluster 0. */
export function datastore({ id, type = 1, clusters = [0], free = 1000, template = {} }: StoreShape): string {
  return element(
    'DATASTORE',
    ids([id]) +
      element('TYPE', String(type)) +
      element('CLUSTERS', ids(clusters)) +
      `<TOTAL_MB>1000000</TOTAL_MB><FREE_MB>${free}</FREE_MB><USED_MB>500</USED_MB>` +
      element('TEMPLATE', all({ SHARED: 'YES', ...template })),
  )
}

export function network(id: number, size: number, used: number, clusters: readonly number[] = [0]): string {
  return element(
    'VNET',
    ids([id]) +
      element('CLUSTERS', ids(clusters)) +
      element('USED_LEASES', String(used)) +
      element('AR_POOL', element('AR', cdata('SIZE', size))) +
      '<TEMPLATE/>',
  )
}

export interface RoleShape {
  readonly name: string
  readonly vms: readonly number[]
  readonly policy?: 'AFFINED' | 'ANTI_AFFINED'
  readonly hosts?: string
  readonly notHosts?: string
}

export function group(
  roles: readonly RoleShape[],
  rules: readonly (readonly [string, string])[] = [],
): string {
  const role = ({ name, vms, policy, hosts, notHosts }: RoleShape, id: number) =>
    element(
      'ROLE',
      all({
        ID: id,
        NAME: name,
        VMS: vms.join(','),
        ...(policy && { POLICY: policy }),
        ...(hosts && { HOST_AFFINED: hosts }),
        ...(notHosts && { HOST_ANTI_AFFINED: notHosts }),
      }),
    )
  return element(
    'VM_GROUP',
    '<ID>0</ID><NAME>g</NAME>' +
      element('ROLES', roles.map(role).join('')) +
      element('TEMPLATE', rules.map(([name, value]) => cdata(name, value)).join('')),
  )
}

export interface AllowedShape {
  readonly vm: number
  readonly hosts: readonly number[]
  readonly datastores?: readonly number[]
  /** Networks by NIC. */
  readonly nics?: Readonly<Record<number, readonly number[]>>
}

export interface ActionShape {
  readonly vms: readonly string[]
  readonly hosts: readonly string[]
  readonly datastores?: readonly string[]
  readonly networks?: readonly string[]
  readonly groups?: readonly string[]
  readonly allowed: readonly AllowedShape[]
}

/** One shared system datastore, 0, unless others are given. */
export function action(shape: ActionShape): string {
  const allowed = ({ vm: id, hosts, datastores = [0], nics = {} }: AllowedShape) =>
    element(
      'VM',
      ids([id]) +
        element('HOSTS', ids(hosts)) +
        Object.entries(nics)
          .map(([nic, networks]) => element('NIC', element('ID', nic) + element('VNETS', ids(networks))))
          .join('') +
        element('DATASTORES', ids(datastores)),
    )
  const pool = (name: string, list: readonly string[] = []) => element(name, list.join(''))
  return element(
    'SCHEDULER_DRIVER_ACTION',
    pool('VM_POOL', shape.vms) +
      pool('HOST_POOL', shape.hosts) +
      pool('DATASTORE_POOL', shape.datastores ?? [datastore({ id: 0 })]) +
      pool('VNET_POOL', shape.networks) +
      pool('VM_GROUP_POOL', shape.groups) +
      '<CLUSTER_POOL/>' +
      pool('REQUIREMENTS', shape.allowed.map(allowed)),
  )
}
