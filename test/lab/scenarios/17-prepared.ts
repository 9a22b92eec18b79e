/** A host that is not ready is told what it lacks, prepared, and booted with what was written: then a VM gets its device. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReadinessDocument } from '../../../src/view/documents.ts'
import type { RunningLab } from '../boot.ts'
import { readFacts, untilFacts } from '../facts.ts'
import { type Lab, scenario } from '../lab.ts'
import { bootWith } from '../other-boot.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:02:00.0'

/** As Debian's installer leaves it, and of grub-mkconfig what it does with the parameters. */
const BOOT_LOADER = `
mkdir -p /etc/default /boot/grub
cat >/etc/default/grub <<'G'
# If you change this file, run 'update-grub' afterwards.
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="intel_iommu=off"
G
cp /etc/default/grub /run/grub.before
cat >/usr/sbin/update-grub <<'U'
#!/bin/sh
. /etc/default/grub
for part in /etc/default/grub.d/*.cfg; do [ -e "$part" ] && . "$part"; done
echo "linux /vmlinuz root=/dev/vda $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT" >/boot/grub/grub.cfg
U
chmod +x /usr/sbin/update-grub
update-grub`

async function doctor(lab: Lab): Promise<ReadinessDocument & { readonly status: number }> {
  const [result] = await lab.berth(['doctor', '--json'])
  return { ...JSON.parse(result?.stdout ?? ''), status: result?.status }
}

const statusOf = ({ checks }: ReadinessDocument, id: string) =>
  checks.find((check) => check.id === id)?.status

scenario('17: a host without an IOMMU is prepared, booted again, and passes a device', (lab) => {
  let booted: RunningLab | null = null
  let parameters: readonly string[] = []

  beforeAll(async () => {
    // Debian's kernel has it on by default; somebody switched it off.
    booted = await bootWith(['intel_iommu=off'])
    await lab.output(BOOT_LOADER)
  }, 900_000)
  afterAll(() => booted?.end())

  test('it is not ready: no device is in a group, and the remedy is exact', async () => {
    const found = await doctor(lab)
    expect([found.ready, found.status, statusOf(found, 'iommu.dma-remapping')]).toEqual([false, 1, 'missing'])
    const { groups } = await readFacts(lab)
    expect(groups).toEqual({})
    const [check] = found.checks.filter(({ id }) => id === 'iommu.dma-remapping')
    expect(check?.evidence).toContain('DMAR')
    expect(check?.remedy).toContain('take intel_iommu=off off')
  })

  test('no VM with a device goes there, and the VM says why', async () => {
    await startService(lab)
    await createVms(lab, { name: 'early', pci: ['VENDOR = "8086", SHORT_ADDRESS = "02:00.0"'] })
    const found = await untilVms(lab, 'it waits with a reason', ({ early }) => early?.message != null)
    expect([found.early?.state, found.early?.message]).toEqual([
      'PENDING',
      expect.stringContaining('not ready'),
    ])
    const shown = (await lab.berthJson('host', 'show', HOST)) as { readiness: { reason: string } }
    expect(shown.readiness.reason).toContain('iommu.dma-remapping')
  })

  test('berth prepare shows what it would write and changes nothing', async () => {
    const [shown] = await lab.berth(['prepare'])
    expect([shown?.status, shown?.stdout]).toEqual([0, expect.stringMatching(/^\+.*intel_iommu=on/m)])
    await lab.output('cmp /etc/default/grub /run/grub.before')
  })

  test('applied, undone exactly, applied again; a second time there is nothing to do', async () => {
    const apply = () => lab.berth(['prepare', '--apply'])
    expect((await apply())[0]?.status).toBe(0)
    const [undone] = await lab.berth(['prepare', '--undo'])
    expect(undone?.status).toBe(0)
    await lab.output('cmp /etc/default/grub /run/grub.before')
    expect((await apply())[0]?.status).toBe(0)
    const before = await lab.output('md5sum /etc/default/grub')
    const [again] = await apply()
    expect([again?.status, await lab.output('md5sum /etc/default/grub')]).toEqual([0, before])
    parameters = (await lab.output('cat /boot/grub/grub.cfg')).trim().split(/\s+/).slice(3)
    expect(parameters).toContain('intel_iommu=on')
  })

  test('booted with what was written, it is ready, and a VM gets its device', async () => {
    booted = await bootWith(parameters)
    const found = await doctor(lab)
    expect([found.ready, found.status, statusOf(found, 'iommu.dma-remapping')]).toEqual([true, 0, 'ok'])
    expect(statusOf(found, 'iommu.interrupt-remapping')).toBe('ok')
    await startService(lab)
    const [domain = ''] = await createVms(lab, {
      name: 'ready',
      pci: ['VENDOR = "8086", SHORT_ADDRESS = "02:00.0"'],
    })
    await untilFacts(
      lab,
      'it has its device',
      ({ domains, drivers }) => domains[domain]?.includes(NIC) === true && drivers[NIC] === 'vfio-pci',
    )
    await lab.berth(['vm', 'terminate', 'ready', '--hard'])
    await untilFacts(lab, 'it is back', ({ drivers }) => drivers[NIC] === 'e1000e')
  })

  test('what binds a chosen device at boot binds it here', async () => {
    const [written] = await lab.berth(['prepare', '--device', NIC, '--apply', '--no-run'])
    expect([written?.status, written?.stderr]).toEqual([0, ''])
    // What systemd would run before udev loads drivers; the lab has no systemd, and e1000e has the card by now.
    await lab.output('/etc/berth/vfio-bind')
    expect((await readFacts(lab)).drivers[NIC]).toBe('vfio-pci')
    const [undone] = await lab.berth(['prepare', '--undo', '--no-run'])
    expect([undone?.status, await lab.output('ls /etc/berth 2>/dev/null || true')]).toEqual([0, ''])
  })
})
