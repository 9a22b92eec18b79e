/** Progress of a VM on standard error: a line that changes on a terminal, a line for each step elsewhere. */
import type { VmView } from '../../view/documents.ts'
import type { CliPorts } from '../ports.ts'
import { printable } from '../text/printable.ts'
import { outcomeLine } from './show.ts'

export interface Progress {
  /** The VM as it is now. */
  show(vm: VmView): void
  /** Something else that is good to know while it is waited for. */
  say(words: string): void
  /** Leaves no half line behind. */
  end(): void
}

const CLEAR_LINE = '\r\x1b[K'

/** `seen` = how many steps of its history are no news. */
export function createProgress(ports: CliPorts, seen: number): Progress {
  return ports.stderrIsTty ? oneLine(ports, seen) : lineByLine(ports, seen)
}

function oneLine(ports: CliPorts, seen: number): Progress {
  const begun = ports.now()
  const say = (words: string) => {
    const seconds = Math.round((ports.now() - begun) / 1000)
    ports.stderr(
      `${CLEAR_LINE}${printable(`${words} (${seconds} s)`).slice(0, Math.max(ports.columns - 1, 1))}`,
    )
  }
  return {
    show: (vm) => {
      const step = vm.history.length > seen ? `: ${vm.history.at(-1)?.what}` : ''
      say(`${outcomeLine(vm).trimEnd()}${step}`)
    },
    say,
    end: () => ports.stderr(CLEAR_LINE),
  }
}

function lineByLine(ports: CliPorts, seen: number): Progress {
  let told = seen
  let last = ''
  const say = (words: string) => {
    if (words !== last) ports.stderr(`${printable(words)}\n`)
    last = words
  }
  return {
    show: (vm) => {
      const steps = vm.history.slice(told)
      for (const { what } of steps) ports.stderr(`${printable(`VM ${vm.id} (${vm.name}): ${what}`)}\n`)
      told = Math.max(told, vm.history.length)
      // A step says by itself where it led; why a VM waits it does not.
      if (steps.length === 0 || vm.message !== null) say(outcomeLine(vm).trimEnd())
    },
    say,
    end: () => {},
  }
}
