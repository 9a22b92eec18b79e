/** Virtual functions below their physical one: nothing is lost or doubled, whatever is shown, and in whatever order. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asTree, vfCounts } from '../../src/web/host/pci/tree.ts'

interface PciFunction {
  readonly address: string
  readonly parent: string | null
}

/** Some PFs, their VFs, and VFs of PFs that are not shown, in any order. */
const functions = fc
  .uniqueArray(
    fc.record({
      address: fc.integer({ min: 0, max: 40 }).map((n) => `f${n}`),
      parent: fc.option(
        fc.integer({ min: 0, max: 6 }).map((n) => `f${n}`),
        { nil: null },
      ),
    }),
    { selector: ({ address }) => address, maxLength: 30 },
  )
  // A physical function is of none.
  .map((all) => all.map((one) => (Number(one.address.slice(1)) <= 6 ? { ...one, parent: null } : one)))

const below = (all: readonly PciFunction[], { address }: PciFunction) =>
  all.filter(({ parent }) => parent === address)

test('open, all that there was is there once, each PF followed by its VFs in their order', () => {
  fc.assert(
    fc.property(functions, (all) => {
      const tree = asTree(all, () => true)
      expect(tree.toSorted(byAddress)).toEqual(all.toSorted(byAddress))
      for (const [index, pf] of tree.entries()) {
        const vfs = below(all, pf)
        if (vfs.length > 0) expect(tree.slice(index + 1, index + 1 + vfs.length)).toEqual(vfs)
      }
    }),
  )
})

test('closed, a PF hides its own VFs and nothing else', () => {
  fc.assert(
    fc.property(functions, (all) => {
      const counts = vfCounts(all)
      const tree = asTree(all, () => false)
      const hidden = [...counts.values()].reduce((sum, count) => sum + count, 0)
      expect(tree).toHaveLength(all.length - hidden)
      expect(tree.filter(({ parent }) => parent !== null && counts.has(parent))).toEqual([])
    }),
  )
})

const byAddress = (a: PciFunction, b: PciFunction): number => a.address.localeCompare(b.address)
