/** Certificates are refused before anything listens; the one that is made for a controller is made once. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadCertificate } from '../../src/listen/certificate.ts'
import { selfSignedFiles } from '../../src/listen/self-signed.ts'
import { readWhereabouts, writeWhereabouts } from '../../src/listen/whereabouts.ts'
import { CERTIFICATE, FINGERPRINT, KEY } from '../client/certificate.ts'

let folder: string
const file = (name: string) => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-listen-'))
  writeFileSync(file('cert'), CERTIFICATE)
  writeFileSync(file('key'), KEY, { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const load = (cert = 'cert', key = 'key', now = Date.now()) =>
  loadCertificate({ cert: file(cert), key: file(key) }, now)

test('a certificate with its key is taken, and known by its fingerprint', async () => {
  expect(await load()).toMatchObject({
    cert: CERTIFICATE,
    key: KEY,
    fingerprint: FINGERPRINT,
    selfSigned: true,
  })
})

test('one that an authority signed needs no fingerprint', async () => {
  const authority = await generate([{ name: 'commonName', value: 'authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  const signed = await generate([{ name: 'commonName', value: 'controller' }], {
    ...{ keyType: 'ec', algorithm: 'sha256' },
    ca: { key: authority.private, cert: authority.cert },
  })
  writeFileSync(file('signed'), signed.cert)
  writeFileSync(file('its-key'), signed.private, { mode: 0o640 })
  expect((await load('signed', 'its-key')).selfSigned).toBe(false)
})

test("another certificate's key is refused", async () => {
  const other = await generate([{ name: 'commonName', value: 'x' }], { keyType: 'ec', algorithm: 'sha256' })
  writeFileSync(file('other'), other.private, { mode: 0o600 })
  await expect(load('cert', 'other')).rejects.toMatchObject({ code: 'tls-mismatch' })
})

test('a key that everybody can read is refused, with what to do', async () => {
  chmodSync(file('key'), 0o644)
  await expect(load()).rejects.toMatchObject({
    code: 'tls-key-open',
    message: expect.stringContaining('chmod o='),
  })
})

test.each([
  ['an expired one', Date.UTC(2127, 0)],
  ['one that is not valid yet', Date.UTC(2020, 0)],
])('%s is refused, with its dates', async (_, now) => {
  await expect(load('cert', 'key', now)).rejects.toMatchObject({
    code: 'tls-expired',
    message: expect.stringContaining('2126-11-02'),
  })
})

test.each([
  ['a missing file', 'nothing', 'key'],
  ['a missing key', 'cert', 'nothing'],
  ['a certificate that is none', 'key', 'key'],
  ['a key that is none', 'cert', 'cert-as-key'],
])('%s is refused, by its name', async (_, cert, key) => {
  writeFileSync(file('cert-as-key'), CERTIFICATE, { mode: 0o600 })
  await expect(load(cert, key)).rejects.toMatchObject({ code: 'tls-unreadable' })
})

test('a certificate is made once, whoever starts at the same time, and nobody else can read its key', async () => {
  const now = Date.now()
  const made = await Promise.all([1, 2, 3].map(() => selfSignedFiles(join(folder, 'state'), '10.0.0.1', now)))
  const all = await Promise.all(made.map((files) => loadCertificate(files, now)))
  expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  const [one] = all
  if (one === undefined) throw new Error('none')
  expect(one.selfSigned).toBe(true)
  expect(new X509Certificate(one.cert).subjectAltName).toContain('IP Address:10.0.0.1')
  expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(folder, 'state'))).toEqual(['controller.pem'])
  expect(statSync(join(folder, 'state', 'controller.pem')).mode & 0o777).toBe(0o600)
})

test('where nothing can be written, that is said', async () => {
  await expect(selfSignedFiles(file('cert'), '10.0.0.1', Date.now())).rejects.toMatchObject({
    code: 'tls-unwritable',
  })
})

test('where the controller listens is told to the commands beside it', async () => {
  const state = join(folder, 'state')
  expect(await readWhereabouts(state)).toBeNull()
  const here = { url: 'https://controller:2634', fingerprint: FINGERPRINT }
  await writeWhereabouts(state, here)
  expect(await readWhereabouts(state)).toEqual(here)
})
