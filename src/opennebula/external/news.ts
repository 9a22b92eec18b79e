/** What is worth a line in the log of `berth opennebula serve`: the same VM waits for the same reason cycle after cycle, which is said once. */
import type { Remark } from '../placement/plan.ts'

/** VMs that get a line each, and VMs named where many share one. */
const MOST_LINES = 20
const MOST_NAMED = 10

/** Tells what was not among the remarks of the call before: VM by VM, or, where these are many, reason by reason. */
export function newsTeller(log: (line: string) => void): (remarks: readonly Remark[]) => void {
  let before: ReadonlySet<string> = new Set()
  return (remarks) => {
    const news = remarks.filter((remark) => !before.has(lineOf(remark)))
    const lines = news.length <= MOST_LINES ? news.map(lineOf) : byReason(news)
    for (const line of lines) log(line)
    before = new Set(remarks.map(lineOf))
  }
}

const lineOf = ({ vm, message }: Remark): string => `VM ${vm}: ${message}`

function byReason(remarks: readonly Remark[]): readonly string[] {
  const vmsOf = new Map<string, number[]>()
  for (const { vm, message } of remarks) {
    const vms = vmsOf.get(message)
    if (vms) vms.push(vm)
    else vmsOf.set(message, [vm])
  }
  const reasons = [...vmsOf].sort(([, a], [, b]) => b.length - a.length)
  const left = reasons.slice(MOST_LINES).reduce((sum, [, vms]) => sum + vms.length, 0)
  const lines = reasons.slice(0, MOST_LINES).map(([message, vms]) => `${named(vms)}: ${message}`)
  return left === 0 ? lines : [...lines, `${left} more VMs, for other reasons`]
}

/** `VM 3`, `3 VMs (3, 5, 8)`, `40 VMs (1, 2, ... and others)`. */
function named(vms: readonly number[]): string {
  if (vms.length === 1) return `VM ${vms[0]}`
  const others = vms.length > MOST_NAMED ? ' and others' : ''
  return `${vms.length} VMs (${vms.slice(0, MOST_NAMED).join(', ')}${others})`
}
