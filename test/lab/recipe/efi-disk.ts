/**
 * A disk that UEFI firmware boots from: a FAT12 file system (Microsoft's FAT specification 1.03) with one program at the path that
 * firmware looks for on any medium (UEFI specification 2.10, 3.5.1.1). The program counts its starts in a variable of the firmware's.
 */
import { pe64 } from './efi-program.ts'

const SECTOR = 512
const SECTORS = 2048
const FAT_SECTORS = 6
const ROOT_ENTRIES = 112
const ENTRY = 32
const FIRST_CLUSTER = 2

/**
 * The first sectors of a disk of 1 MiB or more; what comes after them is free. Its program says `marker START n` on the second serial
 * line, n = how often it was started with these variables (1 to 9), and idles.
 */
export function efiDisk(marker: string): Buffer {
  const program = pe64(marker)
  const sectors = Math.ceil(program.length / SECTOR)
  const [efi, boot, file] = [FIRST_CLUSTER, FIRST_CLUSTER + 1, FIRST_CLUSTER + 2]
  const clusters = [
    directory([entry('.', efi), entry('..', 0), entry('BOOT', boot)]),
    directory([entry('.', boot), entry('..', efi), entry('BOOTX64 EFI', file, program.length)]),
    program,
  ]
  const chains = [[efi], [boot], Array.from({ length: sectors }, (_, index) => file + index)]
  const root = Buffer.concat([entry('EFI', efi), Buffer.alloc((ROOT_ENTRIES - 1) * ENTRY)])
  return Buffer.concat([bootSector(), allocation(chains), root, ...clusters])
}

/** One sector a cluster, one table: what the driver needs to know. */
function bootSector(): Buffer {
  const sector = Buffer.alloc(SECTOR)
  sector.set([0xeb, 0x3c, 0x90])
  sector.write('BERTHLAB', 3, 'latin1')
  sector.writeUInt16LE(SECTOR, 11)
  sector[13] = 1
  sector.writeUInt16LE(1, 14)
  sector[16] = 1
  sector.writeUInt16LE(ROOT_ENTRIES, 17)
  sector.writeUInt16LE(SECTORS, 19)
  sector[21] = 0xf8
  sector.writeUInt16LE(FAT_SECTORS, 22)
  sector[38] = 0x29
  sector.write('BERTH LAB  FAT12   ', 43, 'latin1')
  sector.set([0x55, 0xaa], SECTOR - 2)
  return sector
}

/** Twelve bits a cluster: the next one, or the end of the file. */
function allocation(chains: readonly (readonly number[])[]): Buffer {
  const table = Buffer.alloc(FAT_SECTORS * SECTOR)
  const put = (cluster: number, value: number) => {
    const at = cluster + (cluster >> 1)
    const both = table.readUInt16LE(at)
    table.writeUInt16LE(cluster % 2 === 0 ? (both & 0xf000) | value : (both & 0x000f) | (value << 4), at)
  }
  put(0, 0xff8)
  put(1, 0xfff)
  for (const chain of chains)
    for (const [index, cluster] of chain.entries()) put(cluster, chain[index + 1] ?? 0xfff)
  return table
}

/** A file where `size` is given, else a directory. */
function entry(name: string, cluster: number, size?: number): Buffer {
  const bytes = Buffer.alloc(ENTRY)
  bytes.write(name.padEnd(11), 0, 'latin1')
  bytes[11] = size === undefined ? 0x10 : 0x20
  bytes.writeUInt16LE(cluster, 26)
  bytes.writeUInt32LE(size ?? 0, 28)
  return bytes
}

function directory(entries: readonly Buffer[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(SECTOR - entries.length * ENTRY)])
}
