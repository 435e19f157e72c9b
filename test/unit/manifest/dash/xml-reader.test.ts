import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../../src-main/manifest/dash/element-reader.ts';
import type { XmlElement } from '../../../../src-main/manifest/dash/xml.ts';
import { readXml, XML_LIMITS } from '../../../../src-main/manifest/dash/xml-reader.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

function assertRefused(text: string, message: RegExp): void {
  assert.throws(
    () => readXml(text),
    (error) => {
      assert.ok(error instanceof AppError, text);
      assert.equal(error.code, 'media/malformed');
      assert.match(error.message, message, text);
      return true;
    },
    text,
  );
}

test('what is not well formed is refused', () => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /document element is missing/],
    ['  \n', /document element is missing/],
    ['text', /text outside/],
    ['<a>', /does not end/],
    ['<a></b>', /end tag does not match/],
    ['</a>', /end tag does not match/],
    ['<a/><b/>', /second document element/],
    ['<a/>text', /text outside/],
    ['<a/><![CDATA[x]]>', /text outside/],
    ['<>', /name is missing/],
    ['< a/>', /name is missing/],
    ['<1a/>', /name is missing/],
    ['<a b/>', /= is missing/],
    ['<a b=c/>', /' is missing/],
    ['<a b="c/>', /" is missing/],
    ['<a b="1"c="2"/>', /> is missing/],
    ['<a b="1" b="2"/>', /there twice/],
    ['<a b="<"/>', /has < in it/],
    ['<a / >', /> is missing/],
    ['<a', /> is missing/],
    ['<a><!-- x -- y --></a>', /> is missing/],
    ['<a><!-- x </a>', /-- is missing/],
    ['<a><![CDATA[ x </a>', /]]> is missing/],
    ['<a><?xml version="1.0"?></a>', /does not stand at the beginning/],
    [' <?xml version="1.0"?><a/>', /does not stand at the beginning/],
    ['<a><?pi </a>', /\?> is missing/],
    ['<a>]]></a>', /]]> stands in text/],
    ['<a>\u0001</a>', /character in it that XML does not allow/],
    ['<a>&#1;</a>', /reference/],
    ['<a>&#xD800;</a>', /reference/],
    ['<a>&#x110000;</a>', /reference/],
    ['<a>&#0;</a>', /reference/],
    ['<a>&nbsp;</a>', /reference/],
    ['<a>&amp</a>', /reference/],
    ['<a>a & b</a>', /reference/],
    ['<a b="&x;"/>', /reference/],
    ['<a>&constructor;</a>', /reference/],
  ];

  for (const [text, message] of cases) {
    assertRefused(text, message);
  }
});

test('document types are refused, and with them entities that multiply', () => {
  const laughs = `<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
 <!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">
]>
<lolz>&lol3;</lolz>`;

  assertRefused(laughs, /line 2: document types are not read/);
  assertRefused('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /document types are not read/);
  assertRefused('<a><!ELEMENT b ANY></a>', /document types are not read/);
});

test('namespaces that do not add up are refused', () => {
  assertRefused('<p:a/>', /prefix is not declared/);
  assertRefused('<a p:b="1"/>', /prefix is not declared/);
  assertRefused('<a xmlns:p=""/>', /declaration is not allowed/);
  assertRefused('<a xmlns:xml="urn:x"/>', /declaration is not allowed/);
  assertRefused('<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>', /declaration is not allowed/);
  assertRefused('<a xmlns="http://www.w3.org/2000/xmlns/"/>', /declaration is not allowed/);
  assertRefused('<a xmlns:xmlns="urn:x"/>', /declaration is not allowed/);
  assertRefused('<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>', /there twice/);
  assertRefused('<a><b xmlns:p="urn:x"/><p:c/></a>', /prefix is not declared/);
});

test('an error tells the line and never the text', () => {
  assert.throws(
    () => readXml('<a>\n<b>\nhttps://example.com/?token=secret</c>'),
    (error) => error instanceof AppError && error.details['line'] === 3 && !error.message.includes('secret'),
  );
});

test('what goes over a limit is refused', () => {
  const limits = { maxCharacters: 100, maxElements: 5, maxDepth: 3, maxAttributes: 2 };
  const refused = (text: string, message: RegExp): void => {
    assert.throws(() => readXml(text, limits), message);
  };

  refused(`<a>${' '.repeat(100)}</a>`, /more than 100 characters/);
  refused(`<a>${'<b/>'.repeat(5)}</a>`, /more than 5 elements/);
  refused('<a><b><c><d/></c></b></a>', /deeper than 3/);
  refused('<a b="1" c="2" d="3"/>', /one too many/);
  assert.doesNotThrow(() => readXml('<a><b><c b="1" c="2"/></b></a>', limits));
});

test('a million open elements are refused long before they are read', () => {
  assertRefused('<a>'.repeat(1_000_000), new RegExp(`deeper than ${XML_LIMITS.maxDepth}`));
});

test('huge attributes and texts cost no more than their length', () => {
  const megabytes = 'x'.repeat(4_000_000);
  const before = performance.now();

  const root = readXml(
    `<a b="${megabytes}">${megabytes}${'&amp;'.repeat(100_000)}${'<!-- -->y'.repeat(100_000)}</a>`,
  );

  assert.equal(root.attributes.get('b')?.length, 4_000_000);
  assert.equal(textOf(root).length, 4_200_000);
  assert.ok(performance.now() - before < 5000);
});

test('everything that XML has for the same text is read as that text', () => {
  const text = `\ufeff<?xml version='1.0' encoding="UTF-8" standalone="yes" ?>
<!-- a comment --><?pi some?>
<r xmlns="urn:m" xmlns:p="urn:p"
   a = 'single "quoted"'	b="line\r\nbreak&#10;kept" p:c="&lt;&#x3c;&#60;&quot;&apos;&gt;&amp;">
 <!--<ignored/>--><p:e/>one<![CDATA[<two> & ]]>three\r\nfour\rfive</r >
<!-- the end -->
`;
  const empty: XmlElement = { namespace: 'urn:p', name: 'e', prefix: 'p', attributes: new Map(), children: [] };

  assert.deepEqual(readXml(text), {
    namespace: 'urn:m',
    name: 'r',
    attributes: new Map([
      ['a', 'single "quoted"'],
      ['b', 'line break\nkept'],
      ['{urn:p}c', '<<<"\'>&'],
    ]),
    children: ['\n ', empty, 'one<two> & three\nfour\nfive'],
  });
});

test('any text is read or refused', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    ' ',
    '"',
    "'",
    '=',
    '&',
    ';',
    '#',
    '!',
    '-',
    '[',
    ']',
    '?',
    'xmlns',
    ':',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (text) => {
        for (const candidate of [text, `<a>${text}</a>`, `<a ${text}/>`]) {
          try {
            readXml(candidate);
          } catch (error) {
            assert.ok(error instanceof AppError && error.code === 'media/malformed', String(error));
          }
        }
      },
    ),
    { numRuns: 1000 },
  );
});
