import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMpdSchema } from '../../../../../src-main/manifest/dash/check/check-schema.ts';

const PERIOD = `<Period id="0" start="PT0S">
  <AdaptationSet id="0" contentType="video" segmentAlignment="true">
    <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
    <SegmentTemplate timescale="90000" media="$Time$.m4s" initialization="init.mp4">
      <SegmentTimeline><S t="0" d="180000" r="3"/></SegmentTimeline>
    </SegmentTemplate>
    <Representation id="a" bandwidth="1000" codecs="avc1.64001f"/>
  </AdaptationSet>
</Period>`;

const ATTRIBUTES = 'profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S"';

function mpdOf(period: string, attributes = ATTRIBUTES): string {
  return `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" ${attributes}>${period}</MPD>`;
}

function found(period: string, attributes = ATTRIBUTES) {
  return checkMpdSchema(mpdOf(period, attributes)).map(({ message }) => message);
}

test('a valid MPD has no fault, whatever other namespaces have put where they may', () => {
  const extended = PERIOD.replace('<Role', '<x:y xmlns:x="urn:x"/><Role').replace(
    'id="a"',
    'id="a" x:z="1" xmlns:x="urn:x"',
  );

  assert.deepEqual(found(PERIOD), []);
  assert.deepEqual(found(extended), []);
});

const FAULTS: readonly (readonly [what: string, period: string, message: RegExp])[] = [
  [
    'an element in the wrong place',
    PERIOD.replace(/(<Role.*?>)\s*(<Segment[\s\S]*<\/SegmentTemplate>)/, '$2$1'),
    /has Role where it may not stand, behind SegmentTemplate/,
  ],
  [
    'an element that there is none of',
    PERIOD.replace('<Role', '<Rolle/><Role'),
    /has Rolle where it may not stand/,
  ],
  [
    'an element twice that is there once',
    PERIOD.replace(/(<SegmentTemplate[\s\S]*<\/SegmentTemplate>)/, '$1$1'),
    /has 2 SegmentTemplate, at most 1 may be/,
  ],
  [
    'an element of another namespace where none may be',
    PERIOD.replace('</AdaptationSet>', '<x:y xmlns:x="urn:x"/></AdaptationSet>'),
    /has other where it may not stand/,
  ],
  [
    'an attribute that there is none of',
    PERIOD.replace('id="a"', 'id="a" bandwith="1"'),
    /has an attribute bandwith, which the schema does not know/,
  ],
  [
    'an attribute that is missing',
    PERIOD.replace(' bandwidth="1000"', ''),
    /Representation has no attribute bandwidth/,
  ],
  [
    'a number that is none',
    PERIOD.replace('bandwidth="1000"', 'bandwidth="1k"'),
    /attribute bandwidth of the wrong kind: “1k”/,
  ],
  [
    'a number that is too large',
    PERIOD.replace('timescale="90000"', 'timescale="4294967296"'),
    /attribute timescale of the wrong kind/,
  ],
  [
    'a word that is none of those',
    PERIOD.replace('"video"', '"picture"'),
    /attribute contentType of the wrong kind/,
  ],
  ['a duration with months', PERIOD.replace('PT0S', 'P1M'), /attribute start of the wrong kind/],
  ['white space in an id', PERIOD.replace('id="a"', 'id="a b"'), /attribute id of the wrong kind/],
  [
    'white space in codecs',
    PERIOD.replace('avc1.64001f', 'avc1.64001f, mp4a.40.2'),
    /attribute codecs of the wrong kind/,
  ],
  [
    'text between elements',
    PERIOD.replace('<Role', 'hello<Role'),
    /AdaptationSet has text, where only elements may stand/,
  ],
  [
    'a descriptor without its scheme',
    PERIOD.replace('schemeIdUri="urn:mpeg:dash:role:2011" ', ''),
    /Role has no attribute schemeIdUri/,
  ],
  ['no Period', '', /MPD has no Period where one has to be/],
];

for (const [what, period, message] of FAULTS) {
  test(`${what} is found`, () => {
    const messages = found(period);

    assert.equal(messages.length, 1, messages.join('\n'));
    assert.match(messages[0] ?? '', message);
  });
}

const KINDS: readonly (readonly [attribute: string, good: readonly string[], bad: readonly string[]])[] = [
  ['MPD minBufferTime', ['PT1M1.5S', 'P1DT1H'], ['PT1.5H', 'P1.5D', 'PT', 'P1DT', 'P1W', 'PT1,5S', 'PT1S1M', '']],
  [
    'MPD publishTime',
    ['2030-01-01T00:00:00', '2030-01-01T00:00:00.5+14:00'],
    [
      '2030-01-01',
      '2030-01-01T00:00:00,5Z',
      '2030-01-01T00:00:00+01',
      '2030-01-01T00:00:00+0100',
      '2030-01-01T00:00:60Z',
      '2030-01-01T00:00:00+15:00',
      '2030-02-30T00:00:00Z',
    ],
  ],
  [
    'MPD profiles',
    ['urn:a:b', 'p', 'urn:mpeg:dash:profile:isoff-live:2011, http://a.example/guidelines/v5?x=1#y'],
    ['', 'a b', ',a', 'http://a/{y}', 'a|b', 'http://a//b', '?a', 'é'],
  ],
  ['Representation bandwidth', ['0', '4294967295'], ['+1', '-1', '1.0', '0x10', '1e3', '4294967296', '']],
  [
    'Representation codecs',
    ['avc1.64001f,mp4a.40.2', "en'en'a%20b"],
    ['a, b', 'a=b', 'a{b}', ',a', 'a,', "utf-8'en'a%2g{b}", ''],
  ],
  ['Representation id', ['', 'video_1'], ['a b', 'a\u2003b']],
  ['Representation frameRate', ['30', '30000/1001'], ['29.97', '30/0', '30/', '']],
  ['Representation audioSamplingRate', ['48000', '48000 96000'], ['', '1 2 3', '48000,96000']],
  ['Representation startWithSAP', ['0', '6'], ['7', '-1']],
  ['AdaptationSet segmentAlignment', ['true', '0'], ['2', 'TRUE', '']],
  ['AdaptationSet lang', ['en-GB'], ['en_GB', 'en-', '']],
  ['S d', ['18446744073709551615'], ['18446744073709551616', '+1']],
  ['S r', ['-1', '+1'], ['-+1', '- 1', '--1', '1.0']],
  [
    'Role schemeIdUri',
    ['urn:a', '', 'http://user@[::1]:80/a:b?c/d#e', '//a', 'é{}|"', './a:b'],
    [':a', '1:2', 'a#b#c', 'a%2', 'http://a:port/', 'http://[::1', 'http://a@b@c/', 'http://a?[', 'a b'],
  ],
];

for (const [attribute, good, bad] of KINDS) {
  test(`${attribute}: what is of its kind passes, and nothing else`, () => {
    const document = mpdOf(PERIOD);
    const [element = '', name = ''] = attribute.split(' ');
    const verdict = (value: string) =>
      checkMpdSchema(
        document
          .replace(new RegExp(`(<${element}\\b[^>]*?) ${name}="[^"]*"`), '$1')
          .replace(new RegExp(`<${element}\\b`), (tag) => `${tag} ${name}="${value.replaceAll('"', '&quot;')}"`),
      ).length;

    assert.deepEqual(
      good.filter((value) => verdict(value) !== 0),
      [],
    );
    assert.deepEqual(
      bad.filter((value) => verdict(value) !== 1),
      [],
    );
  });
}

const PROTECTION = '<ContentProtection schemeIdUri="urn:a"';
const CENC = 'xmlns:cenc="urn:mpeg:cenc:2013"';
const XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"';

/** What may and what may not stand in front of the Role. */
const PARTS: readonly (readonly [what: string, isValid: boolean, part: string])[] = [
  ['a Resync', true, '<Resync dImax="0.1"/>'],
  ['something in a Resync', false, '<Resync><x:y xmlns:x="urn:x"/></Resync>'],
  ['white space where nothing may stand', false, '<Resync> </Resync>'],
  ['an element of no namespace', false, '<y xmlns=""/>'],
  ['a popularity', true, popularity('popularityRate="100" r="-1"')],
  ['a popularity of 101 %', false, popularity('popularityRate="101"')],
  ['more repetitions than an xs:int has', false, popularity('r="2147483648"')],
  ['a protection with a name and one that refers to it', true, `${PROTECTION} refId="a"/>${PROTECTION} ref="a"/>`],
  ['two protections of one name', false, `${PROTECTION} refId="a"/>${PROTECTION} refId="a"/>`],
  ['a reference to nothing', false, `${PROTECTION} ref="a"/>`],
  ['a name that begins with a digit', false, `${PROTECTION} refId="1a"/>`],
  ['a list of key ids', true, `${PROTECTION} ${CENC} cenc:default_KID="${kid(1)} ${kid(2)}"/>`],
  ['a key id without hyphens', false, `${PROTECTION} ${CENC} cenc:default_KID="${kid(1).replaceAll('-', '')}"/>`],
  ['a pssh', true, `${PROTECTION}><cenc:pssh ${CENC}>AAAA</cenc:pssh></ContentProtection>`],
  ['a pssh that is not base64', false, `${PROTECTION}><cenc:pssh ${CENC}>*AAA</cenc:pssh></ContentProtection>`],
  [
    'a pssh with an attribute',
    false,
    `${PROTECTION}><cenc:pssh ${CENC} a="b">AAAA</cenc:pssh></ContentProtection>`,
  ],
  ['an event stream from elsewhere', true, `<InbandEventStream schemeIdUri="urn:a" ${XLINK} xlink:href="a"/>`],
  [
    'another kind of link to an event stream',
    false,
    `<InbandEventStream schemeIdUri="urn:a" ${XLINK} xlink:show="new"/>`,
  ],
  ['a role of a link', false, `<InbandEventStream schemeIdUri="urn:a" ${XLINK} xlink:role="a"/>`],
  ['a link that is none', false, `<Label ${XLINK} xlink:href="%zz">a</Label>`],
];

for (const [what, isValid, part] of PARTS) {
  test(`${what} ${isValid ? 'passes' : 'is found'}`, () => {
    const messages = found(PERIOD.replace('<Role', `${part}<Role`));

    assert.equal(messages.length, isValid ? 0 : 1, messages.join('\n'));
  });
}

test('bandwidths are of all media together, qualities are not', () => {
  const description = (name: string): string =>
    `<ServiceDescription><${name} mediaType="all"/></ServiceDescription>`;

  assert.equal(found(description('OperatingBandwidth') + PERIOD).length, 0);
  assert.equal(found(description('OperatingQuality') + PERIOD).length, 1);
});

test('a model of the bandwidth has its time and rate', () => {
  const withModel = (attributes: string) =>
    PERIOD.replace(
      /(<Representation .*?)\/>/,
      `$1><ExtendedBandwidth><ModelPair ${attributes}/></ExtendedBandwidth></Representation>`,
    );

  assert.equal(found(withModel('bufferTime="PT1S" bandwidth="1"')).length, 0);
  assert.equal(found(withModel('bufferTime="PT1S"')).length, 1);
});

test('the title of a programme is no link', () => {
  const information = `<ProgramInformation><Title ${XLINK} xlink:href="a">b</Title></ProgramInformation>`;

  assert.match(found(information + PERIOD)[0] ?? '', /none of other namespaces/);
});

function popularity(attributes: string): string {
  return `<ContentPopularityRate source="content"><PR ${attributes}/></ContentPopularityRate>`;
}

function kid(number: number): string {
  return `00000000-0000-4000-8000-00000000000${number}`;
}

test('a text of any length is looked at in about as much time', () => {
  const long = 'a:%20@'.repeat(20_000);
  const before = process.cpuUsage();

  found(PERIOD.replace('"urn:mpeg:dash:role:2011"', `"http://${long}["`));
  found(PERIOD, `profiles="${'http://a/,'.repeat(10_000)} {" minBufferTime="PT2S"`);
  found(PERIOD, `profiles="${'urn:mpeg:dash:profile:isoff-live:2011,'.repeat(10_000)} {" minBufferTime="PT2S"`);
  found(PERIOD.replace('avc1.64001f', `${"a'".repeat(20_000)}=`));

  const { user } = process.cpuUsage(before);
  assert(user < 2_000_000, `${user} µs`);
});

test('attributes of other namespaces have no place in an EventStream', () => {
  const stream = '<EventStream schemeIdUri="urn:a" x:y="1" xmlns:x="urn:x"/>';

  assert.match(
    found(PERIOD.replace('<AdaptationSet', `${stream}<AdaptationSet`))[0] ?? '',
    /none of other namespaces/,
  );
});

test('what is no MPD, or no XML at all, is one fault', () => {
  assert.equal(checkMpdSchema('<MPD xmlns="urn:something:else"/>').length, 1);
  assert.equal(checkMpdSchema('#EXTM3U').length, 1);
});

test('a writer that makes one mistake everywhere does not make an endless list', () => {
  const many = PERIOD.replace(/<S .*?>/, '<S t="0" d="x"/>'.repeat(5000));

  assert(found(many).length < 100);
});

test('every look at a rule is told of', () => {
  let looks = 0;
  checkMpdSchema(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="p" minBufferTime="PT2S">${PERIOD}</MPD>`, {
    observe: ({ clause, holds }) => {
      assert.equal(clause, '23009-1 Annex B');
      assert(holds);
      looks += 1;
    },
  });

  assert(looks > 50, String(looks));
});
