/** A guest boots through UEFI firmware from a drive that was passed to it; its variables outlive a stop and end with the VM. */
import { beforeAll, expect, test } from 'vitest'
import { type Facts, readFacts, untilFacts } from '../facts.ts'
import { type Lab, scenario } from '../lab.ts'
import { efiDisk } from '../recipe/efi-disk.ts'
import { startService, untilVms, vms } from '../service.ts'
import { createVms, serialOf } from '../templates.ts'

const NVME = '0000:05:00.0'
const NVRAM = '/var/lib/libvirt/qemu/nvram'
/** An empty file of a descriptor's name hides it (QEMU: docs/interop/firmware.json). */
const HIDDEN =
  'for file in /usr/share/qemu/firmware/*edk2*.json; do : >/etc/qemu/firmware/$(basename $file); done'
/** Firmware starts thousands of times more code than a boot sector. */
const BOOT_MS = 500_000

scenario('16: a UEFI guest boots from a passed drive, and its variables are kept until it ends', (lab) => {
  const marker = `MARKER-${Date.now().toString(36)}`
  let before: Facts
  let domain: string

  beforeAll(async () => {
    const image = efiDisk(marker).toString('base64')
    await lab.output(`
      namespace=$(ls -d /sys/bus/pci/devices/${NVME}/nvme/*/nvme*n1); disk=/dev/$(basename $namespace | sed 's/c[0-9]*n/n/')
      echo ${image} | base64 -d | dd of=$disk bs=512 conv=fsync 2>/dev/null
      mkdir -p /etc/qemu/firmware; ${HIDDEN}`)
    await startService(lab)
    before = await readFacts(lab)
  })

  const wanted = (name: string) =>
    createVms(lab, { name, disk: false, uefi: true, pci: [`SHORT_ADDRESS = "${NVME.slice(5)}"`] })
  const files = async () => (await lab.output(`ls ${NVRAM} 2>/dev/null || true`)).split('\n').filter(Boolean)

  test('a host without firmware gets no such VM, and the VM says why', async () => {
    await wanted('without')
    const { without } = await untilVms(lab, 'it says why', (all) => all.without?.message != null)
    expect([without?.state, without?.message]).toEqual([
      'PENDING',
      expect.stringContaining('host without UEFI firmware'),
    ])
    expect((await readFacts(lab)).drivers[NVME]).toBe('nvme')
    await lab.berth(['vm', 'terminate', 'without', '--hard'])
    expect((await untilVms(lab, 'it is done', (all) => all.without?.state === 'DONE')).without).toBeDefined()
    expect(await files()).toEqual([])
    await lab.output('rm -r /etc/qemu/firmware')
  })

  test('the firmware starts the program on the passed drive', async () => {
    ;[domain = ''] = await wanted('uefi')
    await untilVms(lab, 'it runs', ({ uefi }) => uefi?.state === 'RUNNING')
    expect(await said(lab)).toContain(`${marker} START 1`)
  })

  test('libvirt shows firmware, variables and the drive in the domain', async () => {
    const facts = await readFacts(lab)
    expect(facts.domains).toEqual({ [domain]: [NVME] })
    expect([facts.drivers[NVME], facts.vfio]).toEqual(['vfio-pci', [facts.groups[NVME]]])
    const xml = await lab.output(`virsh dumpxml ${domain}`)
    expect(xml).toMatch(/<loader [^>]*type='pflash'[^>]*>\/usr\/share\/OVMF\/OVMF_CODE_4M\.fd<\/loader>/)
    const [, uuid] = /<uuid>(.*)<\/uuid>/.exec(xml) ?? []
    expect(await files()).toEqual([`${domain}-${uuid}_VARS.fd`])
    expect(xml).toContain(`>${NVRAM}/${domain}-${uuid}_VARS.fd</nvram>`)
  })

  test('stopped, its drive is back and its variables are kept, as the guest wrote them', async () => {
    await lab.berth(['vm', 'stop', 'uefi', '--hard'])
    await untilVms(lab, 'it is off', ({ uefi }) => uefi?.state === 'POWEROFF')
    expect((await readFacts(lab)).drivers[NVME]).toBe('nvme')
    // The variable's name, in UTF-16.
    expect(await lab.output(`tr -d '\\0' <${NVRAM}/${(await files())[0]} | grep -c BerthLab`)).toBe('1\n')
  })

  test('started again, the guest finds what it had written', async () => {
    await lab.output(`rm -f ${serialOf('uefi')}`)
    await lab.berth(['vm', 'start', 'uefi'])
    await untilVms(lab, 'it runs', ({ uefi }) => uefi?.state === 'RUNNING')
    expect(await said(lab)).toContain(`${marker} START 2`)
    expect(await files()).toHaveLength(1)
  })

  test('terminated while it is off, nothing of it is left on the host', async () => {
    await lab.berth(['vm', 'stop', 'uefi', '--hard'])
    await untilVms(lab, 'it is off', ({ uefi }) => uefi?.state === 'POWEROFF')
    await lab.berth(['vm', 'terminate', 'uefi'])
    await untilVms(lab, 'it is done', ({ uefi }) => uefi?.state === 'DONE')
    expect(await files()).toEqual([])
    const after = await untilFacts(lab, 'all is as before', (facts) => facts.vfio.length === 0)
    expect(after.drivers).toEqual(before.drivers)
    expect((await vms(lab)).uefi?.message).toBeNull()
    const [check, drift] = await lab.berth(['db', 'check'], ['drift'])
    expect([check, drift]).toMatchObject([{ status: 0 }, { status: 0 }])
  })

  async function said({ output }: Lab): Promise<string> {
    return output(
      `for i in $(seq ${BOOT_MS / 1000}); do grep -qs START ${serialOf('uefi')} && break; sleep 1; done
      sleep 1; cat ${serialOf('uefi')}`,
      BOOT_MS + 60_000,
    )
  }
})
