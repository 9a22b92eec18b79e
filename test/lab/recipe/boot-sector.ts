/**
 * Nested guests of one sector: 16-bit programs that acknowledge every ACPI PCI eject request, as a running system would (QEMU:
 * docs/specs/acpi_pci_hotplug.rst), since a Linux guest takes minutes in emulation inside emulation.
 */

const SECTOR = 512
/** QEMU's eject registers: q35 and i440fx. */
const REGISTERS = [0x0cc0, 0xae00]
const BUSES = 32
/** The second serial port: the first is the console that Berth gives every VM. */
const COM2 = 0x2f8

type Code = readonly number[]

const word = (value: number): Code => [value & 0xff, (value >> 8) & 0xff]
const outDx = (port: number): Code => [0xba, ...word(port)]
/** cli; ds = es = ss = 0; sp = 0x7c00, where the BIOS has put us; sti; push dx, which names the disk that we came from. */
const START: Code = [0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xfb, 0x52]

const say = (text: string): Code => [
  ...outDx(COM2),
  ...[...Buffer.from(text)].flatMap((byte) => [0xb0, byte, 0xee]),
]

/** For each bus: select it (+0x10), read and so clear "up" (+0), read "down" (+4), write it back as "eject" (+8). */
function ejectAll(base: number): Code {
  const body = [
    ...[0x66, 0x31, 0xc0, 0x89, 0xd8], // xor eax,eax; mov ax,bx
    ...[...outDx(base + 0x10), 0x66, 0xef], // out dx,eax
    ...[...outDx(base), 0x66, 0xed], // in eax,dx
    ...[...outDx(base + 0x04), 0x66, 0xed], // in eax,dx
    ...[0x66, 0x09, 0xc0, 0x74, 0x05], // or eax,eax; jz over the next five bytes
    ...[...outDx(base + 0x08), 0x66, 0xef], // out dx,eax
    ...[0x43, 0x83, 0xfb, BUSES], // inc bx; cmp bx,BUSES
  ]
  return [0x31, 0xdb, ...body, 0x72, 0x100 - (body.length + 2)] // xor bx,bx; ...; jb
}

/** Acknowledges, sleeps until the next timer interrupt, for ever. */
function idle(): Code {
  const body = [...REGISTERS.flatMap(ejectAll), 0xfb, 0xf4] // sti; hlt
  return [...body, 0xe9, ...word(0x10000 - (body.length + 3))]
}

/** INT 13h, AH=43h: writes one sector from `buffer` to sector `lba` of the disk that the program came from (EDD 3.0). */
function writeSector(packetAt: number): Code {
  return [0x5a, 0xbe, ...word(packetAt), 0xb8, ...word(0x4300), 0xcd, 0x13] // pop dx; mov si,packet; mov ax,4300h; int 13h
}

const packet = (buffer: number, lba: number): Code => [
  0x10,
  0,
  ...word(1),
  ...word(buffer),
  ...word(0),
  ...word(lba),
  0,
  0,
  0,
  0,
  0,
  0,
]

function sector(code: Code, data: Code = []): Buffer {
  const image = Buffer.alloc(SECTOR)
  image.set(code)
  image.set(data, DATA_AT)
  if (code.length > DATA_AT) throw new Error(`a boot sector of ${code.length} bytes is too long`)
  image.set([0x55, 0xaa], SECTOR - 2)
  return image
}

/** Where a program's data lies in its sector; the partition table's place is left alone. */
const DATA_AT = 400
const LOADED_AT = 0x7c00

/** Says `GUEST UP` on its serial line and idles. The image is 1 MiB, as small as a disk may be. */
export function idleGuest(): Buffer {
  return Buffer.concat([
    sector([...START, ...say('GUEST UP\r\n'), ...idle()]),
    Buffer.alloc((1 << 20) - SECTOR),
  ])
}

/**
 * For the first sector of a disk that is passed to a guest: that it says `marker` proves that the guest read it through the device (the BIOS loads a
 * sector by DMA), and it writes itself to sector 1, which proves the way back. Without a disk of its own, a guest boots from it.
 */
export function diskGuest(marker: string): Buffer {
  const data = packet(LOADED_AT, 1)
  return sector(
    [
      ...START,
      ...say(`${marker}\r\n`),
      ...writeSector(LOADED_AT + DATA_AT),
      ...say('WRITTEN\r\n'),
      ...idle(),
    ],
    data,
  )
}
