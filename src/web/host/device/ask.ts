/** What is asked of a device, and how it stands afterwards. */
import type { DeviceView } from '../../api/documents.ts'
import { refusedBy } from '../../api/problem.ts'
import { deviceOfHost } from './dialogs/dialog.ts'

export interface Asked {
  readonly device: DeviceView
  /** False = the host has not carried it out yet (202). */
  readonly isDone: boolean
}

/** Throws `Refused`. */
export async function asked(
  answer: Promise<{ readonly data?: DeviceView; readonly response: Response }>,
): Promise<Asked> {
  const { data, response } = await answer
  if (data === undefined) throw refusedBy(response.status, null)
  return { device: data, isDone: response.status !== 202 }
}

/** `0000:3b:00.0 of kvm-a is on vfio-pci`, or that the host has not done it yet. */
export function outcome({ device, isDone }: Asked, words: (device: DeviceView) => string): string {
  const what = deviceOfHost(device)
  return isDone ? `${what} ${words(device)}` : `${what}: it is ordered, and the host has not done it yet`
}
