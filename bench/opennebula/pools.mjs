/** What OpenNebula 7 would write for a made-up cloud: hosts with PCI devices and NUMA nodes, pending VMs, and the hosts that each may use. */
import { hex, random } from '../plan/random.mjs'

const cdata = (name, value) => `<${name}><![CDATA[${value}]]></${name}>`

const GPUS = [
  ['10de', '20b0', '0302', 'GA100 [A100 SXM4 40GB]'],
  ['10de', '1db4', '0302', 'GV100GL [Tesla V100 PCIe 16GB]'],
  ['1002', '740f', '0302', 'Aldebaran/MI200 [Instinct MI210]'],
]
const NIC = ['15b3', '101e', '0200', 'ConnectX Family mlx5Gen Virtual Function']

function device([vendor, id, kind, name], bus, fn, node, vm) {
  const address = `0000:${hex(bus, 2)}:00`
  return `<PCI>${[
    ['ADDRESS', `${address}:${fn}`],
    ['BUS', hex(bus, 2)],
    ['CLASS', kind],
    ['CLASS_NAME', kind === '0302' ? '3D controller' : 'Ethernet controller'],
    ['DEVICE', id],
    ['DEVICE_NAME', name],
    ['DOMAIN', '0000'],
    ['FUNCTION', fn],
    ['IFNAME', '-'],
    ['NUMA_NODE', node],
    ['SHORT_ADDRESS', `${hex(bus, 2)}:00.${fn}`],
    ['SLOT', '00'],
    ['SRIOV', 'no'],
    ['TYPE', `${vendor}:${id}:${kind}`],
    ['VENDOR', vendor],
    ['VENDOR_NAME', 'Some Corporation'],
    ['VMID', vm],
  ]
    .map(([key, value]) => cdata(key, value))
    .join('')}</PCI>`
}

function devices({ below, chance }, gpus, nics) {
  const holder = () => (chance(0.3) ? 100_000 + below(1000) : -1)
  const gpu = GPUS[below(GPUS.length)]
  return [
    ...Array.from({ length: gpus }, (_, n) => device(gpu, 0x10 + 0x10 * n, 0, n % 2, holder())),
    ...Array.from({ length: nics }, (_, n) => device(NIC, 0xc0, n, 1, holder())),
  ].join('')
}

const core = (id) =>
  `<CORE>${cdata('CPUS', `${id}:-1,${id + 64}:-1`)}${cdata('DEDICATED', 'NO')}${cdata('FREE', 2)}${cdata('ID', id)}</CORE>`

const node = (id) =>
  `<NODE>${Array.from({ length: 32 }, (_, n) => core(id * 32 + n)).join('')}<HUGEPAGE>${cdata('PAGES', 1024)}${cdata('SIZE', 2048)}${cdata('USAGE', 0)}</HUGEPAGE><MEMORY>${cdata('DISTANCE', id === 0 ? '0 1' : '1 0')}${cdata('TOTAL', 268435456)}${cdata('USAGE', 0)}</MEMORY>${cdata('NODE_ID', id)}</NODE>`

const MODELS = Array.from({ length: 60 }, (_, n) => `model-${n}`).join(' ')
const FEATURES = Array.from({ length: 80 }, (_, n) => `feature${n}`).join(',')

function host(chance, id) {
  const pci = id % 4 === 0 ? '' : devices(chance, id % 4 === 1 ? 8 : 2, 8)
  const running = chance.below(20)
  return `<HOST><ID>${id}</ID><NAME>node-${id}</NAME><STATE>2</STATE><PREV_STATE>2</PREV_STATE>${cdata('IM_MAD', 'kvm')}${cdata('VM_MAD', 'kvm')}<CLUSTER_ID>${id % 5}</CLUSTER_ID><CLUSTER>c${id % 5}</CLUSTER><HOST_SHARE><MEM_USAGE>${running * 4194304}</MEM_USAGE><CPU_USAGE>${running * 200}</CPU_USAGE><TOTAL_MEM>536870912</TOTAL_MEM><TOTAL_CPU>12800</TOTAL_CPU><MAX_MEM>536870912</MAX_MEM><MAX_CPU>12800</MAX_CPU><RUNNING_VMS>${running}</RUNNING_VMS><VMS_THREAD>1</VMS_THREAD><DATASTORES>${cdata('DISK_USAGE', 0)}${cdata('FREE_DISK', 2048000)}${cdata('MAX_DISK', 4096000)}${cdata('USED_DISK', 2048000)}</DATASTORES><PCI_DEVICES>${pci}</PCI_DEVICES><NUMA_NODES>${node(0)}${node(1)}</NUMA_NODES></HOST_SHARE><VMS>${Array.from({ length: running }, (_, n) => `<ID>${200_000 + id * 20 + n}</ID>`).join('')}</VMS><TEMPLATE>${cdata('ARCH', 'x86_64')}${cdata('HOSTNAME', `node-${id}`)}${cdata('HYPERVISOR', 'kvm')}${cdata('KVM_CPU_FEATURES', FEATURES)}${cdata('KVM_CPU_MODELS', MODELS)}${cdata('MODELNAME', 'Some Processor')}</TEMPLATE><MONITORING><TIMESTAMP>1795225157</TIMESTAMP><ID>${id}</ID><CAPACITY>${cdata('FREE_CPU', 12800 - running * 150)}${cdata('FREE_MEMORY', 400000000)}${cdata('USED_CPU', running * 150)}${cdata('USED_MEMORY', 100000000)}</CAPACITY><SYSTEM>${cdata('NETRX', 1)}${cdata('NETTX', 1)}</SYSTEM></MONITORING><CLUSTER_TEMPLATE><RESERVED_CPU/><RESERVED_MEM/></CLUSTER_TEMPLATE></HOST>`
}

const block = (values, n) =>
  `<PCI>${Object.entries(values)
    .map(([key, value]) => cdata(key, value))
    .join('')}${cdata('PCI_ID', n)}</PCI>`

/** What VMs ask for: a kind of device, a vendor's, a NIC and a GPU, or nothing. */
const ASKS = [
  [{ VENDOR: '10de', DEVICE: '20b0' }],
  [{ VENDOR: '10de', CLASS: '0302' }],
  [{ CLASS: '0302' }, { VENDOR: '15b3', DEVICE: '101e' }],
  [{ VENDOR: '15b3' }, { VENDOR: '15b3' }],
  [],
]
/** No host gives these: one has no such device anywhere, the others want more than any host has. */
const NOWHERE = [
  [{ VENDOR: '8086', DEVICE: '56c0' }],
  Array.from({ length: 9 }, () => ({ CLASS: '0302' })),
  [{ CLASS: '0302' }, ...Array.from({ length: 9 }, () => ({ VENDOR: '15b3' }))],
]

const PINNED = `<TOPOLOGY>${cdata('PIN_POLICY', 'THREAD')}${cdata('SOCKETS', 1)}</TOPOLOGY><NUMA_NODE>${cdata('TOTAL_CPUS', 4)}${cdata('MEMORY', 4194304)}</NUMA_NODE>`

function vm({ below, chance, of }, id, asks) {
  const cpu = 1 + below(8)
  return `<VM><ID>${id}</ID><UID>2</UID><GID>1</GID><UNAME>user</UNAME><GNAME>users</GNAME><NAME>vm-${id}</NAME><STATE>1</STATE><LCM_STATE>0</LCM_STATE><RESCHED>0</RESCHED><TEMPLATE>${cdata('CPU', cpu)}${cdata('MEMORY', cpu * 2048)}<DISK>${cdata('CLONE', 'YES')}${cdata('CLONE_TARGET', 'SYSTEM')}${cdata('DATASTORE_ID', 1)}${cdata('SIZE', 20480)}</DISK>${of(asks).map(block).join('')}${chance(0.1) ? PINNED : ''}</TEMPLATE><USER_TEMPLATE>${chance(0.1) ? cdata('SCHED_RANK', 'FREE_CPU') : ''}</USER_TEMPLATE><HISTORY_RECORDS/></VM>`
}

const DATASTORES = `<DATASTORE><ID>0</ID><TYPE>1</TYPE><CLUSTERS>${[0, 1, 2, 3, 4].map((id) => `<ID>${id}</ID>`).join('')}</CLUSTERS><TOTAL_MB>900000000</TOTAL_MB><FREE_MB>800000000</FREE_MB><USED_MB>100000000</USED_MB><TEMPLATE>${cdata('SHARED', 'YES')}</TEMPLATE></DATASTORE><DATASTORE><ID>1</ID><TYPE>0</TYPE><TOTAL_MB>900000</TOTAL_MB><FREE_MB>800000</FREE_MB><TEMPLATE/></DATASTORE>`

/** An affined set of all VMs: hosts have the cores and the memory for it, and not the devices. */
const together = (vmCount) =>
  `<VM_GROUP><ID>0</ID><NAME>g</NAME><ROLES><ROLE>${[
    ['ID', 0],
    ['NAME', 'r'],
    ['POLICY', 'AFFINED'],
    ['VMS', Array.from({ length: vmCount }, (_, id) => id).join(',')],
  ]
    .map(([key, value]) => cdata(key, value))
    .join('')}</ROLE></ROLES><TEMPLATE/></VM_GROUP>`

const small = (id) =>
  `<VM><ID>${id}</ID><STATE>1</STATE><RESCHED>0</RESCHED><TEMPLATE>${cdata('CPU', 0.01)}${cdata('MEMORY', 1)}${block({ VENDOR: '15b3' }, 0)}</TEMPLATE><USER_TEMPLATE/><HISTORY_RECORDS/></VM>`

/** The document, every host allowed to every VM. `fit` false = VMs that no host can take; `affined` = one set that fits nowhere. */
export function pools(hostCount, vmCount, fit, affined = false) {
  const chance = random(7)
  const hosts = Array.from({ length: hostCount }, (_, id) => host(chance, id)).join('')
  const ids = Array.from({ length: hostCount }, (_, id) => `<ID>${id}</ID>`).join('')
  const vms = Array.from({ length: vmCount }, (_, id) =>
    affined ? small(id) : vm(chance, id, fit ? ASKS : NOWHERE),
  ).join('')
  const allowed = Array.from(
    { length: vmCount },
    (_, id) => `<VM><ID>${id}</ID><HOSTS>${ids}</HOSTS><DATASTORES><ID>0</ID></DATASTORES></VM>`,
  ).join('')
  return `<SCHEDULER_DRIVER_ACTION><VM_POOL>${vms}</VM_POOL><HOST_POOL>${hosts}</HOST_POOL><DATASTORE_POOL>${DATASTORES}</DATASTORE_POOL><VNET_POOL/><VM_GROUP_POOL>${affined ? together(vmCount) : ''}</VM_GROUP_POOL><CLUSTER_POOL/><REQUIREMENTS>${allowed}</REQUIREMENTS></SCHEDULER_DRIVER_ACTION>`
}
