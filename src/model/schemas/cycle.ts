/** JSON Schema of what one scheduling cycle did, as `berth schedule --once --json` prints it (`berth schema cycle`). */
import { document, INTEGER, listOf, record, STRING } from './shape.ts'

export const CYCLE_SCHEMA = document(
  'cycle',
  'What one cycle did',
  record({
    probed: listOf(INTEGER, 'Hosts whose report was taken in'),
    failed: listOf(record({ host: INTEGER, message: STRING })),
    placed: listOf(
      record({
        ...{ vm: INTEGER, host: INTEGER, hostName: STRING, devices: listOf(STRING) },
        usb: listOf(STRING, 'Ports of USB devices'),
      }),
    ),
    waiting: listOf(record({ vm: INTEGER, message: STRING })),
    ordersDone: INTEGER,
    ordersFailed: INTEGER,
  }),
)
