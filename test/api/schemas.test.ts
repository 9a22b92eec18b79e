/** The schemas themselves: what the API checks requests against, and what `berth schema` prints. */
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import * as requests from '../../src/api/schemas.ts'
import { schemaNamed, schemaNames } from '../../src/schemas.ts'

const documents = schemaNames().map((name) => [name, schemaNamed(name)] as const)

test.each([...Object.entries(requests), ...documents])('%s is a JSON Schema', (_, schema) => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false })
  ajv.addFormat('date-time', true)
  if (typeof schema !== 'object' || schema === null) throw new Error('no schema')
  expect(ajv.validateSchema(schema)).toBe(true)
  expect(() => ajv.compile(schema)).not.toThrow()
})

test.each(['kvm-a', 'a', 'node 1', 'gpu_host.lab', 'größe', '3090-a', 'x'.repeat(128)])(
  'the name %j is one',
  (name) => {
    expect(new Ajv({ allowUnionTypes: true }).validate(requests.CREATE_VM, { template: 'x', name })).toBe(
      true,
    )
  },
)

test.each([
  '',
  '1',
  '0042',
  ' a',
  'a ',
  '.',
  '..',
  '.hidden',
  '-x',
  'a/b',
  'a\nb',
  'a\u0000',
  '\u200b',
  'x'.repeat(129),
])('the name %j is none', (name) => {
  expect(new Ajv({ allowUnionTypes: true }).validate(requests.CREATE_VM, { template: 'x', name })).toBe(false)
})
