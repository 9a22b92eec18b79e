/** `berth device history` as text: one line for each thing that happened. */
import { parseAddress, shortAddress } from '../../model/address.ts'
import type { DeviceHistoryView } from '../../view/documents.ts'
import { timeText } from '../text/amounts.ts'
import { page, tableSection } from '../text/sections.ts'
import { type TableColumn, tableText } from '../text/table.ts'

type Line = DeviceHistoryView['history'][number]

const COLUMNS: readonly TableColumn<Line>[] = [
  { name: 'TIME', width: 20, cell: ({ at }) => timeText(at) },
  { name: 'EVENT', width: 11, cell: ({ event }) => event },
  { name: 'VM', width: 5, align: 'right', cell: ({ vm }) => vm },
  { name: 'WHAT', width: 4, cell: ({ what }) => what },
]

const ADDRESS: TableColumn<Line> = { name: 'ADDR', width: 7, cell: ({ address }) => addressText(address) }

function addressText(text: string): string {
  const address = parseAddress(text)
  return address === null ? text : shortAddress(address)
}

/** Addresses only where the device had another one. */
export function historyText({ address, hostName, history }: DeviceHistoryView): string {
  const moved = history.some((line) => line.address !== address)
  const columns = moved ? [...COLUMNS.slice(0, 3), ADDRESS, ...COLUMNS.slice(3)] : COLUMNS
  const table = history.length === 0 ? 'nothing has happened to it yet' : tableText(columns, history, null)
  return page([tableSection(`HISTORY OF DEVICE ${address} OF HOST ${hostName}`, table)])
}
