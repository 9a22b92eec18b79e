/** A checked tree -> what a host must know to define the domain (model/vm.ts). */
import type { Graphics, Nic, VmDefinition } from '../model/vm.ts'
import { hundredthsOfCores } from './cores.ts'
import { readDisks } from './disks.ts'
import { readFirmware } from './firmware.ts'
import type { TemplateTree, VectorAttribute } from './tree.ts'
import { keyOf, singleOf, vectorsOf } from './values.ts'

/** Memory and CPU are 0, the name is empty, where the template does not say. */
export function readDefinition(tree: TemplateTree): VmDefinition {
  const firmware = readFirmware(tree)
  return {
    name: singleOf(tree, 'NAME') ?? '',
    vcpu: Number(singleOf(tree, 'VCPU') ?? '1'),
    cpu: hundredthsOfCores(singleOf(tree, 'CPU') ?? '0') ?? 0,
    memoryMiB: Number(singleOf(tree, 'MEMORY') ?? '0'),
    disks: readDisks(tree),
    nics: vectorsOf(tree, 'NIC').map(readNic),
    graphics: readGraphics(vectorsOf(tree, 'GRAPHICS')[0]),
    cpuModel: singleOf(tree, 'CPU_MODEL') ?? keyOf(vectorsOf(tree, 'CPU_MODEL')[0], 'MODEL'),
    machine: singleOf(tree, 'MACHINE') ?? keyOf(vectorsOf(tree, 'OS')[0], 'MACHINE') ?? 'q35',
    ...(firmware !== 'bios' && { firmware }),
    raw: readRaw(vectorsOf(tree, 'RAW')),
  }
}

/** A template that names both (OpenNebula fills BRIDGE in from NETWORK) means the bridge. */
function readNic(vector: VectorAttribute): Nic {
  const bridge = keyOf(vector, 'BRIDGE')
  return {
    bridge,
    network: bridge === null ? keyOf(vector, 'NETWORK') : null,
    model: keyOf(vector, 'MODEL') ?? 'virtio',
    mac: keyOf(vector, 'MAC')?.toLowerCase() ?? null,
  }
}

/** Listens on the host itself unless the template says otherwise. Types other than VNC and SPICE: see deployable.ts. */
function readGraphics(vector: VectorAttribute | undefined): Graphics | null {
  if (vector === undefined) return null
  const type = (keyOf(vector, 'TYPE') ?? 'vnc').toLowerCase()
  if (type !== 'vnc' && type !== 'spice') return null
  const port = keyOf(vector, 'PORT')
  return {
    type,
    listen: keyOf(vector, 'LISTEN') ?? '127.0.0.1',
    port: port === null ? null : Number(port),
    password: keyOf(vector, 'PASSWD'),
  }
}

/** RAW of another hypervisor's TYPE is passed over, as OpenNebula does. */
function readRaw(vectors: readonly VectorAttribute[]): string | null {
  const data = vectors
    .filter((vector) => ['kvm', 'qemu'].includes((keyOf(vector, 'TYPE') ?? 'kvm').toLowerCase()))
    .map((vector) => keyOf(vector, 'DATA'))
    .filter((fragment) => fragment !== null)
  return data.length === 0 ? null : data.join('\n')
}
