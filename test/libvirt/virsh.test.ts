/** virsh as a program: what is asked, what failures become, and what happens when it does not answer. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { domainUuid } from '../../src/libvirt/domain-name.ts'
import { domainXml } from '../../src/libvirt/domain-xml.ts'
import { libvirtHypervisor } from '../../src/libvirt/hypervisor.ts'
import { runningDomains } from '../../src/libvirt/running-domains.ts'
import { createVirsh, type Virsh } from '../../src/libvirt/virsh.ts'
import { virshFailure } from '../../src/libvirt/virsh-failure.ts'
import { InvalidInput } from '../../src/model/errors.ts'
import { writeFaults } from '../../src/simulator/faults.ts'
import { installFakeVirsh, tellVirsh, virshCalls } from '../support/build-fake-virsh.ts'
import { definition, deployOrder, promised } from '../support/orders.ts'
import { smallHost } from '../support/small-machine.ts'

const order = deployOrder({ devices: [promised('00:08.0')] })
const uuid = domainUuid(order)

let dir: string
let binary: string
let virsh: Virsh

beforeAll(async () => {
  dir = await smallHost()
  binary = await installFakeVirsh(dir)
  virsh = createVirsh({ uri: 'qemu:///system', binary, queryTimeout: 5_000, changeTimeout: 5_000 })
})

afterAll(() => rmSync(dirname(dir), { recursive: true, force: true }))

beforeEach(() => {
  tellVirsh(dir, {})
  writeFaults(dir, [])
})

describe('a domain from create to destroy', () => {
  test('it is created from a file that is gone afterwards', async () => {
    await virsh.create(
      domainXml(
        deployOrder({
          devices: [promised('00:03.0')],
          definition: definition({ name: `$(touch /tmp/x) '"; <b>` }),
        }),
      ),
    )
    expect(await virsh.listRunning()).toEqual([uuid])
    expect(await virsh.listRunningNames()).toEqual(['berth-7'])
    expect(await virsh.domstate(uuid)).toBe('running')
    const file = virshCalls(dir)
      .find((call) => call.startsWith('create'))
      ?.split(' ')[2]
    expect(() => rmSync(file ?? '')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  test('a second of the same name is refused', async () => {
    await expect(virsh.create(domainXml(order))).rejects.toThrow(
      expect.objectContaining({
        code: 'domain-exists',
        facts: expect.objectContaining({
          exitCode: 1,
          stderr: `error: operation failed: domain 'berth-7' already exists with uuid ${uuid}`,
        }),
      }),
    )
  })

  test('it is among the running domains, with what it holds', async () => {
    expect(await runningDomains(virsh)).toEqual([
      {
        name: 'berth-7',
        uuid,
        state: 'running',
        hostdevs: ['0000:00:03.0'],
        berth: { cluster: 'c1', vm: 7, epoch: 3 },
      },
    ])
  })

  test('one that vanishes between the list and the question is left out', async () => {
    const gone = '00000000-0000-4000-8000-000000000000'
    let first = true
    const listRunning = async () => {
      const listed = await virsh.listRunning()
      if (!first) return listed
      first = false
      return [gone, ...listed]
    }
    expect((await runningDomains({ ...virsh, listRunning })).map((domain) => domain.name)).toEqual([
      'berth-7',
    ])
  })

  test('a question that fails for another reason is not taken for a domain that is gone', async () => {
    tellVirsh(dir, { say: { dumpxml: 'internal error: out of luck' } })
    await expect(runningDomains(virsh)).rejects.toThrow(expect.objectContaining({ code: 'virsh-failed' }))
    await expect(libvirtHypervisor(virsh).find('berth-7')).rejects.toThrow(
      expect.objectContaining({ code: 'virsh-failed' }),
    )
  })

  test('it is found by name, and only by its own', async () => {
    const hypervisor = libvirtHypervisor(virsh)
    expect(await hypervisor.find('berth-7')).toMatchObject({ uuid })
    expect(await hypervisor.find('berth')).toBeNull()
  })

  test('destroying it twice is fine, because the second time it is gone', async () => {
    const hypervisor = libvirtHypervisor(virsh)
    await hypervisor.destroy(uuid)
    expect(await hypervisor.list()).toEqual([])
    await hypervisor.destroy(uuid)
    await hypervisor.shutdown(uuid)
  })

  test('a destroy that fails while the domain is there is a failure', async () => {
    await virsh.create(domainXml({ ...order, devices: [] }))
    tellVirsh(dir, {
      say: { destroy: 'Failed to terminate process 4711 with SIGKILL: Device or resource busy' },
    })
    await expect(libvirtHypervisor(virsh).destroy(uuid)).rejects.toThrow(/SIGKILL/)
    tellVirsh(dir, {})
    await virsh.destroy(uuid)
  }, 20_000)
})

test('a call that does not end is killed, and says which', async () => {
  tellVirsh(dir, { hang: ['version'] })
  const impatient = createVirsh({ uri: 'qemu:///system', binary, queryTimeout: 300 })
  const before = Date.now()
  await expect(impatient.version()).rejects.toThrow(
    expect.objectContaining({ code: 'virsh-timeout', message: expect.stringContaining('version') }),
  )
  expect(Date.now() - before).toBeLessThan(4_000)
})

test('without virsh the remedy is to install it', async () => {
  const none = createVirsh({ uri: 'qemu:///system', binary: join(dir, 'no-virsh') })
  await expect(none.version()).rejects.toThrow(expect.objectContaining({ code: 'virsh-missing' }))
})

test('the version is what virsh says', async () => {
  expect(await virsh.version()).toContain('Running hypervisor: QEMU 10.0.13')
})

test.each(['qemu:///system', 'qemu:///session', 'test:///default', 'qemu+unix:///system'])(
  '%s is a libvirt of this machine',
  (uri) => {
    expect(createVirsh({ uri }).uri).toBe(uri)
  },
)

test.each([
  'qemu+ssh://root@other/system',
  'qemu://other/system',
  'qemu+tls://other/system',
  'qemu+ext:///system?command=/bin/sh',
  'qemu:///system?socket=/tmp/forwarded',
  'qemu:///system extra',
  '--version',
  '',
])('%s is refused', (uri) => {
  expect(() => createVirsh({ uri })).toThrow(InvalidInput)
  expect(() => createVirsh({ uri })).toThrow(expect.objectContaining({ code: 'remote-uri' }))
})

const failed = {
  command: 'virsh x',
  exitCode: 1,
  timedOut: false,
  timeout: 1000,
  missing: false,
  cause: null,
}

test.each([
  [
    'error: failed to connect to the hypervisor\nerror: Failed to connect socket to ...: No such file',
    'libvirt-unreachable',
  ],
  ["error: unsupported configuration: host doesn't support passthrough of host PCI devices", 'iommu-off'],
  [
    'error: internal error: QEMU unexpectedly closed: vfio 0000:08:00.0: group 26 is not viable',
    'group-not-viable',
  ],
  [
    'Please ensure all devices within the iommu_group are bound to their vfio bus driver.',
    'group-not-viable',
  ],
  [
    'error: Requested operation is not valid: PCI device 0000:0b:02.0 is in use by driver QEMU, domain lab',
    'device-in-domain',
  ],
  ["error: Failed to bind PCI device '0000:08:00.0' to vfio-pci: No such device", 'device-failed'],
  [
    'error: internal error: Unable to reset PCI device 0000:08:00.0: no FLR, PM reset or bus reset available',
    'device-failed',
  ],
  ["error: internal error: Unknown PCI header type '127' for device '0000:08:00.0'", 'device-failed'],
  ['error: QEMU: vfio 0000:08:00.0: error getting device from group 26: Input/output error', 'device-failed'],
  ['error: QEMU: vfio 0000:08:00.0: failed to open /dev/vfio/26: Permission denied', 'virsh-failed'],
  ['error: vfio 0000:08:00.0: failed to setup container: vfio_dma_map = -12', 'virsh-failed'],
  ['error: internal error: No more available PCI slots', 'no-pci-slot'],
  ['error: Domain is already active', 'domain-exists'],
  ['error: something new', 'virsh-failed'],
  ['', 'virsh-failed'],
])('%j becomes %s', (stderr, code) => {
  const failure = virshFailure({ ...failed, stderr })
  expect(failure.code).toBe(code)
  expect(failure.facts.address).toBe(code === 'device-failed' ? '0000:08:00.0' : undefined)
  expect(failure.message).toContain(stderr.split('\n')[0]?.replace('error: ', ''))
})
