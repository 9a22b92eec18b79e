/** The door for templates: text -> what a VM asks for and how its domain looks, or an error that names the place. */
import { InvalidInput } from '../model/errors.ts'
import type { Rank, Requirement } from '../model/expression.ts'
import type { NumaPolicy, Request } from '../model/request.ts'
import type { UsbRequest } from '../model/usb-request.ts'
import type { VmDefinition } from '../model/vm.ts'
import { checkTree } from './check.ts'
import { readDefinition } from './definition.ts'
import { parseRank, parseRequirement } from './expression.ts'
import { parseTemplate } from './parse.ts'
import { invalidAt } from './position.ts'
import { readRequests } from './requests.ts'
import { KNOWN_NAMES } from './schema.ts'
import type { TemplateTree } from './tree.ts'
import { readUsbRequests } from './usb-requests.ts'
import { given, singleOf } from './values.ts'

export interface VmTemplate {
  readonly name: string | null
  /** CPU (hundredths of a core) and memory (MiB) are 0 where the template asks for none. */
  readonly definition: VmDefinition
  readonly requests: readonly Request[]
  readonly usb: readonly UsbRequest[]
  readonly numaPolicy: NumaPolicy
  readonly requirement: Requirement | null
  readonly rank: Rank | null
  /** Names (upper case) of attributes that Berth does not read; they stay in the tree. */
  readonly unknown: readonly string[]
  readonly tree: TemplateTree
}

/**
 * Reads and checks a template. Unknown attributes are kept, not refused. Throws InvalidInput: `template-syntax`,
 * `template-invalid` or `expression-syntax`, each with line and column. Whether a host could run it: requireDeployable.
 */
export function readTemplate(text: string): VmTemplate {
  const tree = parseTemplate(text)
  checkTree(tree)
  return {
    name: singleOf(tree, 'NAME'),
    definition: readDefinition(tree),
    requests: readRequests(tree),
    usb: readUsbRequests(tree),
    numaPolicy: numaPolicyOf(singleOf(tree, 'PCI_NUMA_POLICY')),
    requirement: readExpression(tree, 'SCHED_REQUIREMENTS', parseRequirement),
    rank: readExpression(tree, 'SCHED_RANK', parseRank),
    unknown: [...new Set(tree.attributes.map(({ name }) => name).filter((name) => !KNOWN_NAMES.has(name)))],
    tree,
  }
}

function numaPolicyOf(text: string | null): NumaPolicy {
  const policy = text?.toLowerCase()
  return policy === 'required' || policy === 'preferred' ? policy : 'none'
}

/** The column of an expression's error counts from the expression's own beginning; the line is the attribute's. */
function readExpression<T>(tree: TemplateTree, name: string, parse: (text: string) => T | null): T | null {
  const attribute = tree.attributes.find((other) => other.name === name && other.kind === 'single')
  if (attribute?.kind !== 'single' || given(attribute) === null) return null
  try {
    return parse(attribute.value)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    const message = `${name}: ${error.message}`
    throw invalidAt('expression-syntax', tree.text, attribute.offset, message, {
      attribute: name,
      expected: error.facts.expected,
      expressionColumn: error.facts.column,
    })
  }
}
