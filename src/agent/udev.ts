/** udev's events: a device that comes, goes or changes its driver is looked at at once, not in the next slow pass. */
import { execa } from 'execa'
import { createAlarm } from './alarm.ts'
import type { AgentDeps } from './ports.ts'
import { createRetry } from './retry.ts'

/** `UDEV  [86.12] bind     /devices/pci0000:00/... (pci)`, after two lines of introduction (udevadm(8), monitor). */
const EVENT = /^UDEV\s+\[[\d.]+\]\s+(\w+)\s+(\S+)\s+\((?:pci|usb)\)/

/** Whether a line of `udevadm monitor` tells of a device. */
export const isEvent = (line: string): boolean => EVENT.test(line)

/** Until `stop`. `changed` hears of each event. Where there is no udevadm it says so once, and the slow pass is all there is. */
export async function watchDevices(
  deps: Pick<AgentDeps, 'udevadm' | 'timing' | 'log'>,
  changed: () => void,
  stop: AbortSignal,
): Promise<void> {
  const { udevadm, timing, log } = deps
  if (udevadm === null) return
  const alarm = createAlarm(stop)
  const retry = createRetry(timing)
  while (!stop.aborted) {
    const heard = await watch(udevadm, changed, stop)
    if (stop.aborted) return
    if (heard.missing) {
      log(`${udevadm} is not there: devices that come and go are seen in the slow pass only`)
      return
    }
    if (heard.any) retry.reset()
    else log(`${udevadm} monitor ended: ${heard.why}; started again`)
    await alarm.sleep(retry.after({ kind: 'unreachable' }))
    // What happened meanwhile was not told.
    changed()
  }
}

interface Ended {
  readonly missing: boolean
  readonly any: boolean
  readonly why: string
}

async function watch(udevadm: string, changed: () => void, stop: AbortSignal): Promise<Ended> {
  let any = false
  const args = ['monitor', '--udev', '--subsystem-match=pci', '--subsystem-match=usb']
  const child = execa(udevadm, args, {
    ...{ reject: false, buffer: false, cancelSignal: stop, stdin: 'ignore', stderr: 'ignore' },
  })
  // It does not start where there is no such program, and the iteration then throws what the result tells.
  const reading = (async () => {
    for await (const line of child)
      if (isEvent(String(line))) {
        any = true
        changed()
      }
  })()
  await reading.catch(() => {})
  const result = await child
  return { missing: result.code === 'ENOENT', any, why: result.shortMessage ?? 'by itself' }
}
