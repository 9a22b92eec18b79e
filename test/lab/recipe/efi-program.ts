/** A UEFI application of one section, by hand: PE32+ (Microsoft's PE format) around 64-bit code that calls the firmware's runtime services. */

const FILE_ALIGNMENT = 0x200
const SECTION_ALIGNMENT = 0x1000
const PE_AT = 0x40
/** The second serial port: the first is the console that Berth gives every VM. */
const COM2 = 0x2f8

type Code = readonly number[]

const word = (value: number): Code => [value & 0xff, (value >> 8) & 0xff]
const dword = (value: number): Code => [...word(value), ...word(value >>> 16)]

const DX_COM2: Code = [0x66, 0xba, ...word(COM2)] // mov dx,COM2
const say = (text: string): Code => [
  ...DX_COM2,
  ...[...Buffer.from(text)].flatMap((byte) => [0xb0, byte, 0xee]), // mov al,byte; out dx,al
]

/** EFI_RUNTIME_SERVICES in the system table, and two of its functions (UEFI specification 2.10, 4.3 and 4.5). */
const RUNTIME_SERVICES = 0x58
const GET_VARIABLE = 0x48
const SET_VARIABLE = 0x58
/** Non-volatile, boot services, runtime. */
const KEPT = 7

/** The variable's name and the vendor's GUID, any one will do. */
const NAME = Buffer.from('BerthLab\0', 'utf16le')
const GUID = Buffer.from('b3e7b3e7b3e7b3e7b3e7b3e7b3e7b3e7', 'hex')

/** rsp+30h: the size; rsp+38h: the value, a digit. rbx: the runtime services. */
const BEGIN: Code = [
  ...[0x53, 0x48, 0x83, 0xec, 0x40], // push rbx; sub rsp,40h
  ...[0x48, 0x8b, 0x5a, RUNTIME_SERVICES], // mov rbx,[rdx+58h]
  ...[0x48, 0xc7, 0x44, 0x24, 0x30, ...dword(1)], // mov qword [rsp+30h],1
  ...[0xc6, 0x44, 0x24, 0x38, 0x30], // mov byte [rsp+38h],'0'
]
const DATA_ARGUMENT: Code = [0x48, 0x8d, 0x44, 0x24, 0x38, 0x48, 0x89, 0x44, 0x24, 0x20] // lea rax,[rsp+38h]; mov [rsp+20h],rax
const GET: Code = [
  ...[0x45, 0x31, 0xc0, 0x4c, 0x8d, 0x4c, 0x24, 0x30], // xor r8d,r8d; lea r9,[rsp+30h]
  ...[0xff, 0x53, GET_VARIABLE], // call [rbx+48h]
  ...[0xfe, 0x44, 0x24, 0x38], // inc byte [rsp+38h]
]
const SET: Code = [
  ...[0x41, 0xb8, ...dword(KEPT), 0x41, 0xb9, ...dword(1)], // mov r8d,KEPT; mov r9d,1
  ...[0xff, 0x53, SET_VARIABLE], // call [rbx+58h]
]
const SAY_DIGIT: Code = [...DX_COM2, 0x8a, 0x44, 0x24, 0x38, 0xee] // mov al,[rsp+38h]; out dx,al
const IDLE: Code = [0xf4, 0xeb, 0xfd] // hlt; jmp back

/** lea rcx,[name]; lea rdx,[guid]: relative to the instruction's end. */
function nameArguments(at: number, dataAt: number): Code {
  const guidAt = dataAt + NAME.length
  return [0x48, 0x8d, 0x0d, ...dword(dataAt - (at + 7)), 0x48, 0x8d, 0x15, ...dword(guidAt - (at + 14))]
}

function program(marker: string): Buffer {
  const dataAt = 0x800
  const code: number[] = [...BEGIN, ...DATA_ARGUMENT]
  code.push(...nameArguments(code.length, dataAt), ...GET, ...DATA_ARGUMENT)
  code.push(...nameArguments(code.length, dataAt), ...SET)
  code.push(...say(`${marker} START `), ...SAY_DIGIT, ...say('\r\n'), ...IDLE)
  if (code.length > dataAt) throw new Error(`${code.length} bytes of code reach into the data`)
  const section = Buffer.alloc(dataAt + FILE_ALIGNMENT)
  section.set(code)
  section.set([...NAME, ...GUID], dataAt)
  return section
}

/** Counts its starts in a variable that is kept, says `marker START n` and idles. */
export function pe64(marker: string): Buffer {
  const section = program(marker)
  return Buffer.concat([headers(section.length), section])
}

function headers(size: number): Buffer {
  const header = Buffer.alloc(FILE_ALIGNMENT)
  header.write('MZ', 0, 'latin1')
  header.writeUInt32LE(PE_AT, 0x3c)
  header.write('PE\0\0', PE_AT, 'latin1')
  const coff = PE_AT + 4
  header.writeUInt16LE(0x8664, coff) // x86-64
  header.writeUInt16LE(1, coff + 2) // sections
  header.writeUInt16LE(0xf0, coff + 16) // size of the optional header
  header.writeUInt16LE(0x22, coff + 18) // executable, large addresses
  const optional = coff + 20
  header.writeUInt16LE(0x20b, optional) // PE32+
  header.writeUInt32LE(size, optional + 4) // code
  header.writeUInt32LE(SECTION_ALIGNMENT, optional + 16) // entry point
  header.writeUInt32LE(SECTION_ALIGNMENT, optional + 20) // base of code
  header.writeUInt32LE(SECTION_ALIGNMENT, optional + 32)
  header.writeUInt32LE(FILE_ALIGNMENT, optional + 36)
  header.writeUInt32LE(2 * SECTION_ALIGNMENT, optional + 56) // size of the image
  header.writeUInt32LE(FILE_ALIGNMENT, optional + 60) // size of the headers
  header.writeUInt16LE(10, optional + 68) // EFI application
  header.writeUInt32LE(16, optional + 108) // data directories, all empty: it can be loaded anywhere
  const table = optional + 0xf0
  header.write('.text', table, 'latin1')
  header.writeUInt32LE(size, table + 8)
  header.writeUInt32LE(SECTION_ALIGNMENT, table + 12)
  header.writeUInt32LE(size, table + 16)
  header.writeUInt32LE(FILE_ALIGNMENT, table + 20)
  header.writeUInt32LE(0x60000020, table + 36) // code, to be executed and read
  return header
}
