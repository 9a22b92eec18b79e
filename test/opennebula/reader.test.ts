/** The reader of OpenNebula's XML: it takes what is well-formed as other parsers do, and says where it is not. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Content, parseXml } from '../../src/libvirt/xml.ts'
import { InvalidInput } from '../../src/model/errors.ts'
import {
  endXml,
  nextChild,
  openXml,
  readText,
  skipElement,
  type XmlReader,
} from '../../src/opennebula/xml/reader.ts'
import { hexadecimal, readIds } from '../../src/opennebula/xml/values.ts'

interface Tree {
  readonly name: string
  readonly text: string
  readonly children: readonly Tree[]
}

/** All of a document, by two passes over each element: its children, and its own text. */
function treeOf(xml: string): Tree {
  const reader = openXml(xml)
  const root = subtree(reader)
  endXml(reader)
  return root
}

function subtree(reader: XmlReader): Tree {
  const name = nextChild(reader) ?? ''
  const inside: XmlReader = { ...reader, open: [...reader.open] }
  const children: Tree[] = []
  for (;;) {
    const ahead = { ...reader, open: [...reader.open] }
    if (nextChild(ahead) === null) break
    children.push(subtree(reader))
  }
  nextChild(reader)
  return { name, text: readText(inside), children }
}

describe('what is well-formed', () => {
  test.each([
    ['text', '<A>b</A>', 'b'],
    [
      'CDATA, brackets at its end included',
      '<A><![CDATA[GA100 [A100 SXM4 40GB]]]></A>',
      'GA100 [A100 SXM4 40GB]',
    ],
    ['text and CDATA side by side', '<A>1<![CDATA[<2>]]>3</A>', '1<2>3'],
    ['the five entities and character references', '<A>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</A>', '<>&"\'AB'],
    ['blanks at both ends left out', '<A>\n  b c\n</A>', 'b c'],
    ['an empty element', '<A/>', ''],
    [
      'comments, instructions and attributes read over',
      '<?xml version="1.0"?><!-- <B> --><A x="1" y = \'>\'>b<!-- c --></A>',
      'b',
    ],
    ['letters beyond ASCII', '<A>Grüße 😀</A>', 'Grüße 😀'],
    ['a byte order mark', '\ufeff<A>b</A>', 'b'],
    ['blanks in an end tag', '<A>b</A \n>', 'b'],
  ])('%s', (_, xml, text) => {
    const reader = openXml(xml)
    expect(nextChild(reader)).toBe('A')
    expect(readText(reader)).toBe(text)
    endXml(reader)
  })

  test('an element can be read over, whatever is in it', () => {
    const reader = openXml('<A><B><C/><D>e</D></B><F>g</F></A>')
    nextChild(reader)
    nextChild(reader)
    skipElement(reader)
    expect(nextChild(reader)).toBe('F')
    expect(readText(reader)).toBe('g')
    expect(nextChild(reader)).toBeNull()
  })

  test.each([
    ['written plainly', '<X><ID>1</ID><ID>20</ID></X>', [1, 20]],
    [
      'with blanks, CDATA and others between',
      '<X>\n<ID>1</ID> <ID><![CDATA[20]]></ID><N>5</N><ID> 3 </ID>\n</X>',
      [1, 20, 3],
    ],
    ['none', '<X/>', []],
    ['none, in two tags', '<X></X>', []],
  ])('ids: %s', (_, xml, ids) => {
    const reader = openXml(xml)
    nextChild(reader)
    expect(readIds(reader)).toEqual(ids)
    endXml(reader)
  })
})

describe('what is not', () => {
  test.each([
    ['nothing', '', 'cut off'],
    ['a document that ends in an element', '<A><B>1</B>', 'the document ends within <A>'],
    ['one that ends in a tag', '<A><B', 'cut off'],
    ['one that ends in CDATA', '<A><![CDATA[x', 'cut off'],
    ['one that ends in an end tag', '<A></A', 'cut off'],
    ['end tags that do not agree', '<A><B></A></B>', 'an end tag where </B> is due'],
    ['an end tag that goes on', '<A></AB>', 'an end tag where </A> is due'],
    ['a tag that is none', '<A>1 < 2</A>', '"<" without a name'],
    ['attributes that are none', '<A x=1></A>', 'a tag that is not well-formed'],
    ['a document type', '<!DOCTYPE A [<!ENTITY b "c">]><A>&b;</A>', 'a document type declaration'],
    ['an unknown entity', '<A>&b;</A>', 'a reference to an unknown entity'],
    ['a bare ampersand', '<A>b & c</A>', 'a reference to an unknown entity'],
    ['a reference to nothing', '<A>&#0;</A>', 'a reference to an unknown entity'],
    ['nesting without end', '<A>'.repeat(100_000), 'elements nested more than 64 deep'],
    ['two outermost elements', '<A/><A/>', 'a second outermost element'],
    ['text behind the end', '<A/>b', 'text behind the outermost element'],
  ])('%s is refused, with the line', (_, xml, message) => {
    const error = caught(() => treeOf(xml))
    expect(error.code).toBe('opennebula-xml')
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/^line 1, character \d+: /)
  })

  test('the line is that of the fault', () => {
    expect(caught(() => treeOf('<A>\n<B>\n</A>')).message).toMatch(/^line 3,/)
  })
})

function caught(work: () => unknown): InvalidInput {
  try {
    work()
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error('it was not refused')
}

const text = fc.stringMatching(/^[a-zA-Z0-9 .:_[\]ü-]{0,12}$/)
const leaf = text.chain((value) =>
  fc.constantFrom(
    `<![CDATA[${value.replaceAll(']]', '')}]]>`,
    value.replaceAll('&', ''),
    `${value}&amp;&#x41;`,
    `<!-- ${value.replaceAll('-', '')} -->`,
  ),
)
const name = fc.constantFrom('A', 'B', 'PCI', 'VM_1', 'x-y.z')
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(name, leaf).map(([n, value]) => `<${n}>${value}</${n}>`),
    name.map((n) => `<${n}/>`),
    fc
      .tuple(name, fc.array(tie('tree'), { maxLength: 4 }))
      .map(([n, list]) => `<${n} a="1">${list.join('\n ')}</${n}>`),
  ),
}))

function asTree(content: Content): Tree[] {
  if (typeof content === 'string') return []
  const own = content.children.filter((child) => typeof child === 'string').join('')
  return [{ name: content.name, text: own.trim(), children: content.children.flatMap(asTree) }]
}

test('any document is read as fast-xml-parser reads it', () => {
  fc.assert(
    fc.property(tree, (xml) => {
      expect([treeOf(xml)]).toEqual(asTree(parseXml(xml)))
    }),
    { numRuns: 300 },
  )
})

test('whatever is cut off or garbled is refused, never misread in another way and never endless', () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.string(), (xml, at, garbage) => {
      const cut = at % (xml.length + 1)
      for (const broken of [xml.slice(0, cut), xml.slice(0, cut) + garbage + xml.slice(cut)])
        try {
          treeOf(broken)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput)
        }
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['10de', { value: 0x10de, whole: true }],
  ['0x10DE', { value: 0x10de, whole: true }],
  ['0302', { value: 0x302, whole: true }],
  ['10de ', { value: 0x10de, whole: false }],
  ['10dex', { value: 0x10de, whole: false }],
  ['*', null],
  ['', null],
  ['-1', null],
  ['1ffffffff', null],
])('%j as a hexadecimal number', (written, number) => {
  expect(hexadecimal(written)).toEqual(number)
})
