import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../../src-main/manifest/dash/element-reader.ts';
import {
  escapeText,
  writeXmlElement,
  type XmlElement,
  xml,
  xmlText,
} from '../../../../src-main/manifest/dash/xml.ts';
import { readXml } from '../../../../src-main/manifest/dash/xml-reader.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

test('an attribute that is a fraction is refused, because nobody said with how many digits', () => {
  for (const value of [1.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => xml('a', { value }), AppError);
  }
});

test('an element without content is one tag, attributes that are undefined are left out', () => {
  assert.equal(xml('S', { t: 5n, d: 2, r: undefined, on: true }), '<S t="5" d="2" on="true"/>\n');
  assert.equal(xml('A', {}, xml('B', {})), '<A>\n<B/>\n</A>\n');
  assert.equal(xmlText('T', { lang: 'en' }, 'a < b'), '<T lang="en">a &lt; b</T>\n');
});

test('markup in values is written as text', () => {
  const value = `"><Evil/>&amp; ' \t\n\r`;

  const root = readXml(xml('a', { value }, escapeText(value)));

  assert.equal(root.attributes.get('value'), value);
  assert.equal(textOf(root).trim(), value.trim());
});

test('characters that XML cannot hold are replaced', () => {
  assert.equal(escapeText('a\u0000b\u001fc\ud800d\uffffe'), 'a\ufffdb\ufffdc\ufffdd\ufffde');
});

test('an element declares its namespaces itself, and each only once', () => {
  const element: XmlElement = {
    namespace: 'urn:a',
    name: 'Outer',
    prefix: 'p',
    attributes: new Map([
      ['plain', '1'],
      ['{urn:b}own', '2'],
      ['{http://www.w3.org/XML/1998/namespace}lang', 'en'],
    ]),
    children: [
      { namespace: 'urn:a', name: 'Inner', prefix: 'p', attributes: new Map(), children: ['x & y'] },
      { namespace: 'urn:c', name: 'Other', attributes: new Map(), children: [] },
    ],
  };

  assert.equal(
    writeXmlElement(element),
    '<p:Outer xmlns:p="urn:a" xmlns:n1="urn:b" plain="1" n1:own="2" xml:lang="en">' +
      '<p:Inner>x &amp; y</p:Inner><Other xmlns="urn:c"/></p:Outer>',
  );
  assert.deepEqual(readXml(writeXmlElement(element)), element);
});

test('an element of no namespace inside of one that has one says so', () => {
  const inner: XmlElement = { namespace: '', name: 'inner', attributes: new Map(), children: [] };
  const outer: XmlElement = { namespace: 'urn:a', name: 'outer', attributes: new Map(), children: [inner] };

  assert.equal(writeXmlElement(outer), '<outer xmlns="urn:a"><inner xmlns=""/></outer>');
  assert.deepEqual(readXml(writeXmlElement(outer)), outer);
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9._-]{0,8}$/);
const words = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '-'));
const namespace = fc.constantFrom('urn:a', 'urn:b', 'urn:c:d');
/** One prefix for one namespace, so that the writer has no reason to use another. */
const PREFIXES: Readonly<Record<string, string>> = { 'urn:a': 'a', 'urn:b': 'b' };

const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc
    .record({
      namespace,
      name,
      attributes: fc.dictionary(
        fc.oneof(
          name.filter((key) => !key.startsWith('xml')),
          fc.tuple(namespace, name).map(([uri, key]) => `{${uri}}${key}`),
        ),
        words,
        { maxKeys: 3 },
      ),
      children: fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, words, tie('element')), {
        maxLength: 3,
      }),
      prefixed: fc.boolean(),
    })
    .map(({ prefixed, attributes, children, ...rest }) => {
      const prefix = prefixed ? PREFIXES[rest.namespace] : undefined;
      const merged: (XmlElement | string)[] = [];
      for (const child of children) {
        const last = merged.at(-1);
        if (typeof child === 'string' && typeof last === 'string') {
          merged[merged.length - 1] = last + child;
        } else if (child !== '') {
          merged.push(child);
        }
      }
      return {
        namespace: rest.namespace,
        name: rest.name,
        ...(prefix === undefined ? {} : { prefix }),
        attributes: new Map(Object.entries(attributes)),
        children: merged,
      };
    }),
}));

test('any element is read back as it was written', () => {
  fc.assert(
    fc.property(element, (tree) => {
      assert.deepEqual(readXml(writeXmlElement(tree)), tree);
    }),
    { numRuns: 400 },
  );
});
