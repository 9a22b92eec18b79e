/** What templates ask for, with devices by their names where the cluster has such. */
import { useQuery } from '@tanstack/react-query'
import type { DeviceType } from '../api/documents.ts'
import { deviceTypes } from '../api/queries.ts'
import { coresText, memoryText } from '../parts/amounts.ts'
import { type Asks, asksOf } from '../templates/asks.ts'

const NONE: readonly DeviceType[] = []

/** Null = the text is no template. */
export function useAsks(): (text: string) => Asks | null {
  const { data = NONE } = useQuery(deviceTypes())
  return (text) => asksOf(text, data)
}

/** `4 cores, 16G; 2 × GA100; USB 0529:0001` */
export function asksLine(asks: Asks | null): string {
  if (asks === null) return 'not to be read'
  const { cpu, memoryMiB, pci, usb } = asks
  const amounts = [
    cpu === null ? null : `${coresText(cpu)} ${cpu === 100 ? 'core' : 'cores'}`,
    memoryMiB === null ? null : memoryText(memoryMiB),
  ].filter((one) => one !== null)
  return [amounts.join(', '), ...pci, ...usb.map((one) => `USB ${one}`)].filter(Boolean).join('; ')
}
