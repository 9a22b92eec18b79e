/** Text for man(7): nothing in it is taken for a request or an escape. */

/** Of one line or several. A dash that is typed stays one, so that it can be copied. */
export function roff(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/`/g, '\\`')
    .replace(/\^/g, '\\(ha')
    .replace(/~/g, '\\(ti')
    .replace(/'/g, '\\(aq')
    .split('\n')
    .map((line) => line.replace(/^\./, '\\&.'))
    .join('\n')
}

/** An argument of a macro. */
export const quoted = (text: string): string => `"${roff(text).replace(/"/g, '\\(dq')}"`

/** A paragraph below what it explains. */
export const tagged = (tag: string, text: string): string => `.TP\n.B ${quoted(tag)}\n${paragraph(text)}`

/** Filled text, in lines of 78 characters at most; empty lines part paragraphs. */
export function paragraph(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((one) => roff(lines(one).join('\n')))
    .join('\n.PP\n')
}

function lines(text: string): readonly string[] {
  const all: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length >= 70) {
      all.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...all, line]
}

/** As it stands, line by line. */
export const verbatim = (text: string): string => `.PP\n.nf\n${roff(text.replace(/^\n+|\s+$/g, ''))}\n.fi`
