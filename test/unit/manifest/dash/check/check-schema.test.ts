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

function found(
  period: string,
  attributes = 'profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S"',
) {
  const document = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" ${attributes}>${period}</MPD>`;
  return checkMpdSchema(document).map(({ message }) => message);
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
