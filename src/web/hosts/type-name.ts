/** What a type of device is called where there is little room, and which come first. Pure. */

interface Named {
  readonly type: string
  readonly fullName: string | null
}

/** By type: `GA100 [A100 SXM4 80GB]` is known as what stands in brackets; without a name it is `10de:20b2`. Where two are called the same, the class tells them apart, or else their ids. */
export function shortNames(types: readonly Named[]): ReadonlyMap<string, string> {
  const fullNames = new Map(types.map(({ type, fullName }) => [type, fullName]))
  const names = types.map(({ type, fullName }) => [type, shortName(type, fullName)] as const)
  const byClass = told(names, (type, name) => `${name} (${type.split(':')[2]})`)
  return new Map(told(byClass, (type) => `${shortName(type, fullNames.get(type) ?? null)} (${idsOf(type)})`))
}

type Called = readonly (readonly [type: string, name: string])[]

/** Those that are called as another is are called otherwise. */
function told(names: Called, otherwise: (type: string, name: string) => string): Called {
  const times = new Map<string, number>()
  for (const [, name] of names) times.set(name, (times.get(name) ?? 0) + 1)
  return names.map(([type, name]) => [type, times.get(name) === 1 ? name : otherwise(type, name)])
}

const idsOf = (type: string): string => type.split(':').slice(0, 2).join(':')

function shortName(type: string, name: string | null): string {
  if (name !== null) return /\[([^\]]+)\]\s*$/.exec(name)?.[1] ?? name
  return idsOf(type)
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
