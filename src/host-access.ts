/** What a host is made of, for its agent: a real host's libvirt and kernel on this machine, or a simulated host's folder. */
import { machine } from 'node:os'
import type { HostAccess } from './agent/agent.ts'
import type { Config } from './config.ts'
import type { Host } from './model/host.ts'

/** Gives a reader of this machine's boot log. */
export type LogReader = () => Promise<() => string | null>

/** NotFound `not-simulated`, InvalidInput `remote-uri`. */
export async function hostAccess(
  config: Config,
  host: Pick<Host, 'driver' | 'uri'>,
  readLog: LogReader,
): Promise<HostAccess> {
  if (host.driver === 'simulator') {
    const { openSimulatedHost } = await import('./simulator/host.ts')
    const { procRoot: proc, ...simulated } = openSimulatedHost(host.uri)
    return { ...simulated, proc, pciIds: config.pciIds }
  }
  const { hostFirmware } = await import('./libvirt/host-firmware.ts')
  const { libvirtHypervisor } = await import('./libvirt/hypervisor.ts')
  const { nodeDevices } = await import('./libvirt/node-devices.ts')
  const { nvramFolder } = await import('./libvirt/nvram.ts')
  const { createVirsh } = await import('./libvirt/virsh.ts')
  const { realSysfs } = await import('./vfio/sysfs.ts')
  const virsh = createVirsh({ uri: host.uri, binary: config.virsh })
  return {
    hypervisor: libvirtHypervisor(virsh),
    nodeDevices: () => nodeDevices(virsh),
    sysfs: realSysfs(config.sysfs),
    firmware: hostFirmware({
      root: '/',
      architecture: machine(),
      nvramFolder: nvramFolder(host.uri, process.env),
    }),
    proc: config.proc,
    pciIds: config.pciIds,
    readLog: await readLog(),
  }
}

/** Of this machine; read once, since a boot's log does not change. Another sysfs or proc is another machine's. */
export function bootLogReader({ sysfs, proc }: Config): LogReader {
  let reader: (() => string | null) | null = null
  return async () => {
    const { isOwnMount } = await import('../probes/read.ts')
    if (!isOwnMount(sysfs, '/sys') || !isOwnMount(proc, '/proc')) return () => null
    const { bootLogOfThisHost } = await import('../probes/readiness/log-source.ts')
    let read: { readonly text: string | null } | null = null
    reader ??= () => {
      read ??= { text: bootLogOfThisHost() }
      return read.text
    }
    return reader
  }
}
