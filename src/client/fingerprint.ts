/** A certificate's fingerprint as people write it. */

/** SHA-256 over the DER certificate, 64 hex digits, lower case; the form with colons is read too. Null = neither. */
export function parseFingerprint(text: string): string | null {
  const plain = text.replaceAll(':', '').toLowerCase()
  return /^[0-9a-f]{64}$/.test(plain) ? plain : null
}
