/** What each change is held to cost: only their order and rough proportion matter (docs/decisions/0017-the-smallest-change.md). */
import type { Change, ChangeCode } from '../../src/model/remedy.ts'

/** Of `stop-vm` without its devices. */
export const COSTS: Readonly<Record<ChangeCode, number>> = {
  /** Nothing but time. */
  'await-vm': 1,
  /** What an operator said is taken back. */
  'enable-host': 10,
  undrain: 10,
  'send-here': 10,
  'release-vm': 10,
  'offer-device': 20,
  'remove-vfs': 20,
  /** The VM runs slower than it was meant to. */
  'relax-numa': 40,
  /** Somebody goes to the machine, or it starts anew. */
  'install-firmware': 50,
  'revive-host': 50,
  'prepare-host': 80,
  /** Others lose something that they use. */
  'detach-usb': 50,
  'stop-vm': 100,
  'end-domain': 150,
  /** As much as some VMs: it names none. */
  'free-cpu': 250,
  'free-memory': 250,
  /** Somebody had a reason that Berth cannot judge. */
  'clear-quarantine': 300,
  'relax-requirements': 400,
  'allow-device': 500,
  /** Where nothing else helps; for each device fewer. */
  'ask-for-fewer': 1000,
}

/** A VM with more devices than this costs no more. */
const MOST_DEVICES = 20

/** `devices` = what a VM that is stopped holds on the host. */
export function costOf({ code }: Change, devices = 0): number {
  return COSTS[code] + (code === 'stop-vm' ? Math.min(MOST_DEVICES, devices) : 0)
}
