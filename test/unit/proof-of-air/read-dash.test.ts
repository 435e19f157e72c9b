import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDash } from '../../../src-main/core/proof-of-air/read-dash.ts';

const START = Date.UTC(2030, 0, 1);
const BASE = 'https://cdn.example/live/manifest.mpd';

function mpd(template: string, attributes = 'type="dynamic"'): string {
  return `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" ${attributes}
  availabilityStartTime="2030-01-01T00:00:00Z" minBufferTime="PT2S" suggestedPresentationDelay="PT6S">
  <Period id="p" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4">${template}
      <Representation id="low" bandwidth="400000"/>
      <Representation id="high" bandwidth="2000000"/>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" mimeType="audio/mp4">${template}
      <Representation id="sound" bandwidth="128000"/>
    </AdaptationSet>
  </Period>
</MPD>`;
}

const TIMELINE = `<SegmentTemplate timescale="1000" media="$RepresentationID$/$Time$.m4s" initialization="$RepresentationID$/init.mp4">
  <SegmentTimeline><S t="0" d="2000" r="4"/></SegmentTimeline></SegmentTemplate>`;
const NUMBERS =
  '<SegmentTemplate timescale="1" duration="4" startNumber="1" media="$RepresentationID$-$Number%05d$.m4s"/>';

test('the newest segment of a timeline, the time it was made and where a viewer begins', () => {
  const { isOver, pictures, sound } = readDash(mpd(TIMELINE), BASE, 0, START + 10_500);

  assert.equal(isOver, false);
  assert.deepEqual(pictures, {
    init: { url: 'https://cdn.example/live/low/init.mp4' },
    segment: { url: 'https://cdn.example/live/low/8000.m4s' },
    isEncrypted: false,
    duration: 2,
    toPlayhead: 10.5 - 6 - 8,
    startsAtMs: START + 8000,
    edge: '8000 5',
  });
  assert.equal(sound?.segment.url, 'https://cdn.example/live/sound/8000.m4s');
});

test('qualities take turns, from the least', () => {
  const urls = [0, 1, 2].map((turn) => readDash(mpd(TIMELINE), BASE, turn, START + 10_500).pictures?.segment.url);

  assert.deepEqual(urls, [
    'https://cdn.example/live/low/8000.m4s',
    'https://cdn.example/live/high/8000.m4s',
    'https://cdn.example/live/low/8000.m4s',
  ]);
});

test('without a timeline the newest is the last that has ended by the clock', () => {
  const { pictures } = readDash(mpd(NUMBERS), BASE, 0, START + 11_000);

  assert.equal(pictures?.segment.url, 'https://cdn.example/live/low-00002.m4s');
  assert.equal(pictures.startsAtMs, START + 4000);
});

test('a listing that goes on into the future gives what there is by now', () => {
  assert.equal(
    readDash(mpd(TIMELINE), BASE, 0, START + 4100).pictures?.segment.url,
    'https://cdn.example/live/low/2000.m4s',
  );
  assert.equal(readDash(mpd(TIMELINE), BASE, 0, START + 100).pictures, undefined);
});

test('a static presentation is over', () => {
  assert.equal(
    readDash(mpd(TIMELINE, 'type="static" mediaPresentationDuration="PT10S"'), BASE, 0, START).isOver,
    true,
  );
});

test('what is no MPD is refused', () => {
  assert.throws(() => readDash('<html/>', BASE, 0, START), { code: 'media/malformed' });
});
