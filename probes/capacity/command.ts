import type { ProbeIo } from '../io.ts'
export async function capacityCommand(_a: readonly string[], _io: ProbeIo): Promise<number> {
  return 1
}
