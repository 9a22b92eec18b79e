/** Berth on the lab host: the host made known to it, `berth serve` started, killed and asked. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lab, quoted } from './lab.ts'
import { PLACES } from './places.ts'

export const HOST = 'lab'

/** Seconds between two cycles: a cycle itself takes longer in emulation. */
const INTERVAL = 5

/** Looking all the time would slow down what is waited for. */
const POLL_MS = 1000

/** Many times what it takes: the machine may be busy. */
const WAIT_MS = 300_000

/** Adds the host where it is not known yet, and starts the service where it does not run. */
export async function startService(lab: Lab): Promise<void> {
  const known = await lab.berth(['host', 'list', '--json'])
  if (!known[0]?.stdout.includes(`"${HOST}"`)) {
    const [added] = await lab.berth(['host', 'add', HOST, '--driver', 'libvirt'])
    if (added?.status !== 0 || added.stderr !== '') throw new Error(`host add: ${JSON.stringify(added)}`)
  }
  await lab.output(`
    if [ -e /run/serve.pid ] && kill -0 $(cat /run/serve.pid) 2>/dev/null; then exit 0; fi
    setsid node /lab/berth/dist/berth.mjs serve --interval ${INTERVAL} </dev/null >>/out/serve.log 2>&1 &
    echo $! >/run/serve.pid`)
}

/** As a power cut does it to the process: no handler runs. */
export async function killService(lab: Lab): Promise<void> {
  await lab.output('kill -9 $(cat /run/serve.pid) 2>/dev/null || true; rm -f /run/serve.pid')
}

/**
 * Kills the service as soon as it logs a line that contains `text` after this call; rejects when that never comes. The host itself
 * watches: by the time that a line was seen from outside, the next step would have begun.
 */
export async function killAtLine(lab: Lab, text: string): Promise<void> {
  const killed = join(PLACES.out, 'killed')
  rmSync(killed, { force: true })
  await lab.output(`
    from=$(stat -c %s /out/serve.log 2>/dev/null || echo 0)
    rm -f /run/lines && mkfifo /run/lines
    setsid bash -c '
      tail -s 0.02 -c +$(($1 + 1)) -F /out/serve.log >/run/lines 2>/dev/null & tail=$!
      grep -q -m 1 -F -- "$2" /run/lines && kill -9 $(cat /run/serve.pid) && rm -f /run/serve.pid
      kill $tail; : >/out/killed
    ' - "$from" ${quoted(text)} </dev/null >/dev/null 2>&1 &`)
  for (const end = Date.now() + WAIT_MS; !existsSync(killed); await sleep(50))
    if (Date.now() > end) throw new Error(`the service never said '${text}':\n${await lab.log()}`)
}

/** Kills the service as soon as a shell condition holds on the host; rejects when that never comes. */
export async function killWhen(lab: Lab, condition: string): Promise<void> {
  await lab.output(
    `end=$((SECONDS + ${WAIT_MS / 1000}))
    until ${condition}; do [ $SECONDS -lt $end ] || exit 1; done
    kill -9 $(cat /run/serve.pid); rm -f /run/serve.pid`,
    WAIT_MS + 60_000,
  )
}

/** Until the host is up in another boot than `before`. */
export async function untilBoot(lab: Lab, before: string | null): Promise<void> {
  for (const end = Date.now() + 2 * WAIT_MS; ; await sleep(500)) {
    if (lab.boot() !== before) return
    if (Date.now() > end) throw new Error('the host did not come up again')
  }
}

/** Moves the host's clock, and the one that a reboot reads: leases of a killed process have run out then, without a minute's wait. */
export async function letLeasesRunOut(lab: Lab): Promise<void> {
  await lab.output('date -s "+65 seconds" >/dev/null; busybox hwclock -u -w')
}

/** Until the service has probed the host this many times more: then it is up, and has the orders. */
export async function cycles(lab: Lab, count: number): Promise<void> {
  const reportedAt = async () =>
    ((await lab.berthJson('host', 'show', HOST)) as { reportedAt: string }).reportedAt
  for (let seen = 0, last = await reportedAt(); seen < count; ) {
    const now = await reportedAt()
    if (now === last) continue
    last = now
    seen += 1
  }
}

export interface VmFacts {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly message: string | null
  readonly devices: readonly { readonly address: string; readonly role: 'passed' | 'held' }[]
}

/** All VMs by name, as `berth vm list` has them; those that are done too. */
export async function vms(lab: Lab): Promise<Readonly<Record<string, VmFacts>>> {
  const list = (await lab.berthJson('vm', 'list', '--all')) as readonly VmFacts[]
  return Object.fromEntries(list.map((vm) => [vm.name, vm]))
}

/** Asks until the VMs are as wanted; after `timeoutMs` it rejects with what they are. */
export async function untilVms(
  lab: Lab,
  what: string,
  wanted: (vms: Readonly<Record<string, VmFacts>>) => boolean,
  timeoutMs = WAIT_MS,
): Promise<Readonly<Record<string, VmFacts>>> {
  for (const end = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    const found = await vms(lab)
    if (wanted(found)) return found
    if (Date.now() > end)
      throw new Error(
        `not so after ${timeoutMs / 1000} s: ${what}; but\n${JSON.stringify(found, null, 1)}\n${await lab.log()}`,
      )
  }
}
