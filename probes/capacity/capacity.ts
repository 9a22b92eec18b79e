/** Processors, memory, NUMA nodes and hypervisor of a host: reads sysfs, proc and whether two files exist. */
import { existsSync } from 'node:fs'
import { machine } from 'node:os'
import { dirname } from 'node:path'
import { NotFound } from '../../src/model/errors.ts'
import type { Capacity, NumaNode } from '../../src/model/host.ts'
import { readDir, readText } from '../read.ts'
import { countCpus } from './cpu-list.ts'

/**
 * `proc`'s parent is the root below which /dev/kvm and QEMU are looked for. NotFound `no-capacity` where a file that
 * every Linux has is missing.
 */
export function readCapacity(sysfs: string, proc: string): Capacity {
  const root = dirname(proc)
  return {
    cpus: countCpus(required(`${sysfs}/devices/system/cpu/online`)),
    memoryKiB: memoryTotal(`${proc}/meminfo`, required(`${proc}/meminfo`)),
    numaNodes: numaNodes(`${sysfs}/devices/system/node`),
    hypervisor: hypervisor(root),
    arch: readText(`${proc}/sys/kernel/arch`) ?? machine(),
    kernel: required(`${proc}/sys/kernel/osrelease`),
  }
}

function required(file: string): string {
  const text = readText(file)
  if (text !== null) return text
  throw new NotFound('no-capacity', `${file} does not exist, so what the host has is not known`, { file })
}

/** `MemTotal:  16384 kB`; a node's lines begin with `Node 0`. */
function memoryTotal(file: string, text: string): number {
  const digits = /^(?:Node \d+ )?MemTotal:\s+(\d+) kB$/m.exec(text)?.[1]
  if (digits !== undefined) return Number(digits)
  throw new NotFound('no-capacity', `${file} names no MemTotal, so the host's memory is not known`, { file })
}

/** In order of their numbers; none where the kernel knows no NUMA. */
function numaNodes(dir: string): readonly NumaNode[] {
  return (readDir(dir) ?? [])
    .flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? [])
    .map((id) => ({
      id: Number(id),
      cpus: countCpus(required(`${dir}/node${id}/cpulist`)),
      memoryKiB: memoryTotal(`${dir}/node${id}/meminfo`, required(`${dir}/node${id}/meminfo`)),
    }))
    .sort((a, b) => a.id - b.id)
}

/** Where Debian, Red Hat and source builds put QEMU. */
const QEMU_DIRS = ['usr/bin', 'usr/libexec', 'usr/local/bin']

function hypervisor(root: string): Capacity['hypervisor'] {
  if (existsSync(`${root}/dev/kvm`)) return 'kvm'
  const found = QEMU_DIRS.some((dir) =>
    (readDir(`${root}/${dir}`) ?? []).some((name) => name.startsWith('qemu-system-') || name === 'qemu-kvm'),
  )
  return found ? 'qemu' : null
}
