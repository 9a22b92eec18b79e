/** What a type of device is called where there is little room, and which come first. Pure. */

interface Named {
  readonly type: string
  readonly fullName: string | null
}

/** By type: `GA100 [A100 SXM4 80GB]` is known as what stands in brackets; without a name it is `10de:20b2`. Where two are called the same, the class tells them apart. */
export function shortNames(types: readonly Named[]): ReadonlyMap<string, string> {
  const names = types.map(({ type, fullName }) => [type, shortName(type, fullName)] as const)
  return new Map(
    names.map(([type, name]) => {
      const isAlone = names.every(([other, its]) => other === type || its !== name)
      return [type, isAlone ? name : `${name} (${type.split(':')[2]})`]
    }),
  )
}

function shortName(type: string, name: string | null): string {
  if (name !== null) return /\[([^\]]+)\]\s*$/.exec(name)?.[1] ?? name
  const [vendor, device] = type.split(':')
  return `${vendor}:${device}`
}

/** Base classes (PCI Code and ID Assignment, 1) by what people look for: accelerators, networks, storage. */
const FIRST: readonly string[] = ['03', '12', '0b', '02', '01']

const weightOf = (type: string): number => {
  const at = FIRST.indexOf(type.split(':')[2]?.slice(0, 2) ?? '')
  return at < 0 ? FIRST.length : at
}

export function byWeight(a: { readonly type: string }, b: { readonly type: string }): number {
  return weightOf(a.type) - weightOf(b.type) || (a.type < b.type ? -1 : Number(a.type > b.type))
}
