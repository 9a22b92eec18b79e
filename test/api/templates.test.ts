/** /v1/templates through the application, on a real database, without a port. */
import { describe, expect, test } from 'vitest'
import {
  TEMPLATE_CHECK_SCHEMA,
  TEMPLATE_LIST_SCHEMA,
  TEMPLATE_SCHEMA,
} from '../../src/model/schemas/template.ts'
import { VM_SCHEMA } from '../../src/model/schemas/vm.ts'
import { idOf, reported } from '../view/build.ts'
import { expectFits } from './strict.ts'
import { must, world, worldWith } from './world.ts'

const TEXT = 'NAME = "gpu"\nCPU = 4\nMEMORY = 8192\nPCI = [ VENDOR = "10de", CLASS = "0302" ]'
const GPU = reported('0000:3b:00.0')
const NIC = reported('0000:3b:00.0', { classId: idOf('0200') })

describe('stored templates', () => {
  test('created under their own name, listed, shown by name and id, deleted', async () => {
    const here = await world()
    const created = await here.request('POST', '/v1/templates', { text: TEXT })
    expect(created.status).toBe(201)
    expectFits(TEMPLATE_SCHEMA, created.body)
    expect(created.body).toMatchObject({ name: 'gpu', text: TEXT })
    const list = await must(here, 'GET', '/v1/templates')
    expectFits(TEMPLATE_LIST_SCHEMA, list)
    expect(list).toEqual([created.body])
    expect(await must(here, 'GET', '/v1/templates/gpu')).toEqual(created.body)
    expect(await must(here, 'GET', `/v1/templates/${created.body.id}`)).toEqual(created.body)
    expect((await here.request('DELETE', '/v1/templates/gpu')).status).toBe(204)
    expect(await must(here, 'GET', '/v1/templates')).toEqual([])
  })

  test('a given name comes before that of the text', async () => {
    const body = await must(await world(), 'POST', '/v1/templates', { text: TEXT, name: 'training' })
    expect(body.name).toBe('training')
  })

  test.each([
    ['a taken name', { text: TEXT }, 409, 'template-exists'],
    ['a text that is no template', { text: 'CPU = [' }, 400, 'template-syntax'],
    ['a value that is wrong', { text: 'CPU = many' }, 400, 'template-invalid'],
    ['no name anywhere', { text: 'CPU = 1' }, 400, 'name-invalid'],
    ['no text', { name: 'x' }, 400, 'invalid-request'],
    ['an empty text', { text: '' }, 400, 'invalid-request'],
    ['no body', undefined, 400, 'invalid-request'],
  ])('refuses %s and stores nothing', async (_, body, status, code) => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    const answer = await here.request('POST', '/v1/templates', body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await must(here, 'GET', '/v1/templates')).toHaveLength(1)
  })

  test.each([
    ['GET', '/v1/templates/nothing'],
    ['PUT', '/v1/templates/nothing', { text: TEXT }],
    ['DELETE', '/v1/templates/nothing'],
    ['GET', '/v1/templates/nothing/check'],
    ['GET', '/v1/templates/nothing/fit'],
    ['POST', '/v1/templates/nothing/instantiate'],
  ] as const)('%s %s is 404 unknown-template', async (method, url, given?: object) => {
    const { status, body } = await (await world()).request(method, url, given)
    expect([status, body.code]).toEqual([404, 'unknown-template'])
  })
})

describe('a template that is changed', () => {
  const MORE = TEXT.replace('CPU = 4', 'CPU = 8')

  test('has the new text under its old name and id; its VMs stay as they are', async () => {
    const here = await world()
    const { id } = await must(here, 'POST', '/v1/templates', { text: TEXT })
    const [vm] = await must(here, 'POST', '/v1/templates/gpu/instantiate')
    const changed = await must(here, 'PUT', '/v1/templates/gpu', { text: MORE.replace('"gpu"', '"other"') })
    expectFits(TEMPLATE_SCHEMA, changed)
    expect(changed).toMatchObject({ id, name: 'gpu', text: MORE.replace('"gpu"', '"other"') })
    expect(await must(here, 'GET', '/v1/templates')).toEqual([changed])
    expect(await must(here, 'GET', `/v1/vms/${vm.id}`)).toMatchObject({ name: 'gpu', cpu: 400 })
  })

  test('has a new name where one is given', async () => {
    const here = await world()
    const { id } = await must(here, 'POST', '/v1/templates', { text: TEXT })
    await must(here, 'PUT', `/v1/templates/${id}`, { text: TEXT, name: 'training', was: TEXT })
    expect(await must(here, 'GET', '/v1/templates')).toMatchObject([{ id, name: 'training' }])
  })

  test('is not changed by who read it before somebody else changed it', async () => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    await must(here, 'PUT', '/v1/templates/gpu', { text: MORE, was: TEXT })
    const late = await here.request('PUT', '/v1/templates/gpu', { text: `${TEXT}\nVCPU = 2`, was: TEXT })
    expect([late.status, late.body.code]).toEqual([409, 'template-changed'])
    expect(await must(here, 'GET', '/v1/templates/gpu')).toMatchObject({ text: MORE })
  })

  test.each([
    ['a text that is no template', { text: 'CPU = [' }, 400, 'template-syntax'],
    ["another template's name", { text: MORE, name: 'taken' }, 409, 'template-exists'],
    ['no text', { name: 'x' }, 400, 'invalid-request'],
    ['a name that would read as an id', { text: MORE, name: '7' }, 400, 'invalid-request'],
  ])('%s is refused and changes nothing', async (_, body, status, code) => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    await must(here, 'POST', '/v1/templates', { text: TEXT, name: 'taken' })
    const answer = await here.request('PUT', '/v1/templates/gpu', body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await must(here, 'GET', '/v1/templates/gpu')).toMatchObject({ name: 'gpu', text: TEXT })
  })
})

describe('instantiate', () => {
  test('makes one VM, of the name in the template', async () => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    const { status, body } = await here.request('POST', '/v1/templates/gpu/instantiate')
    expect(status).toBe(201)
    expect(body).toHaveLength(1)
    expectFits(VM_SCHEMA, body[0])
    expect(body[0]).toMatchObject({ name: 'gpu', state: 'PENDING', cpu: 400, memoryMiB: 8192, priority: 0 })
  })

  test.each([
    [{ count: 2, name: 'train' }, ['train-0', 'train-1']],
    [{ count: 2, name: 'node%i.lab' }, ['node0.lab', 'node1.lab']],
    [{ count: 1, name: 'train' }, ['train']],
  ])('%j makes VMs named %j', async (request, names) => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    const vms = await must(here, 'POST', '/v1/templates/gpu/instantiate', request)
    expect(vms.map((vm: { name: string }) => vm.name)).toEqual(names)
  })

  test('holds VMs and gives them a priority where asked to', async () => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    const [vm] = await must(here, 'POST', '/v1/templates/gpu/instantiate', { hold: true, priority: 9 })
    expect(vm).toMatchObject({ state: 'HOLD', priority: 9 })
  })

  test.each([
    { count: 0 },
    { count: 1001 },
    { count: 1.5 },
    { hold: 'yes' },
    { priority: 'high' },
    { name: '7' },
  ])('%j is refused and makes no VM', async (request) => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    const { status, body } = await here.request('POST', '/v1/templates/gpu/instantiate', request)
    expect([status, body.code]).toEqual([400, 'invalid-request'])
    expect(await must(here, 'GET', '/v1/vms')).toEqual([])
  })

  test('a template that cannot be deployed yet is refused with its own code', async () => {
    const here = await world()
    await must(here, 'POST', '/v1/templates', { text: 'NAME = "small"\nCPU = 1' })
    const { status, body } = await here.request('POST', '/v1/templates/small/instantiate')
    expect([status, body.code]).toEqual([400, 'memory-missing'])
  })
})

describe('check', () => {
  test('counts hosts that could ever take it, and those that can now', async () => {
    const here = await worldWith({ 'kvm-a': [GPU], 'kvm-b': [GPU], 'kvm-c': [NIC], 'kvm-d': [GPU] })
    await must(here, 'POST', '/v1/templates', { text: TEXT })
    await must(here, 'POST', '/v1/templates/gpu/instantiate')
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/hosts/kvm-d/disable')
    const check = await must(here, 'GET', '/v1/templates/gpu/check')
    expectFits(TEMPLATE_CHECK_SCHEMA, check)
    expect(check).toMatchObject({ valid: true, hosts: 4, ever: 2, now: 1 })
    const codes = check.reasons.map((reason: { hostName: string; code: string }) => [
      reason.hostName,
      reason.code,
    ])
    expect(codes).toEqual([
      ['kvm-a', 'not-enough-free'],
      ['kvm-c', 'no-such-device'],
      ['kvm-d', 'host-state'],
    ])
  })

  test('a text needs not be stored to be checked', async () => {
    const here = await worldWith({ 'kvm-a': [GPU] })
    expect(await must(here, 'POST', '/v1/templates/check', { text: TEXT })).toMatchObject({ ever: 1, now: 1 })
  })

  test('a text that is no template is refused with line and column', async () => {
    const { status, body } = await (await world()).request('POST', '/v1/templates/check', { text: 'CPU 4' })
    expect([status, body.code]).toEqual([400, 'template-syntax'])
    expect(body.facts).toMatchObject({ line: 1 })
  })
})
