/** The starts of this host's agent: a controller that names an older one of them was restored; one that names another heard another. */
import { readFact, type Store, writeFact } from './open.ts'

const FACT = 'incarnations'
/** Far more starts than lie between two backups. */
const KEPT = 1000

function incarnations(store: Store): readonly string[] {
  return readFact(store, FACT)?.split(' ') ?? []
}

/** Before it says hello. */
export function rememberIncarnation(store: Store, incarnation: string): void {
  const before = incarnations(store).filter((one) => one !== incarnation)
  writeFact(store, FACT, [...before, incarnation].slice(-KEPT).join(' '))
}

export const isOwnIncarnation = (store: Store, incarnation: string): boolean =>
  incarnations(store).includes(incarnation)
