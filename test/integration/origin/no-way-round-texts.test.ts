import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import type { LiveText, TextTrack } from '../../../src-main/core/ports/presentation.ts';
import { parseWebVtt } from '../../../src-main/media/text/webvtt.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE_START_MS } from '../../support/fake-presentation.ts';
import { FAKE_KEY } from '../../support/fake-protection.ts';
import { at, BEST, NARROW, openFilteredStage, range, SOUND, WIDE } from '../../support/filtered-stage.ts';
import { vttOf } from '../../support/late-tracks.ts';
import { viewsOf } from '../../support/media-addresses.ts';
import { ask } from '../../support/open-test-origin.ts';

const SHOWN = {
  label: 'Words',
  hidden: false,
  isDefault: false,
  forced: false,
  characteristics: [],
  role: undefined,
};
const TEXT = { kind: 'text', id: 'words-1', name: 'words', bitrate: 300, language: 'en', shownAs: SHOWN } as const;

test('of text that was added nothing is to be read but what filters leave, in a segment or a whole file', async (context) => {
  const source = Buffer.from(vttOf('word', 20));
  const text: TextTrack = {
    ...TEXT,
    zero: { time: ticks(BigInt(FAKE_START_MS)), timescale: 1000 },
    text: parseWebVtt(source),
    source: { format: 'vtt', bytes: source },
  };
  const clip = range({ startTimestamp: at(8), endTimestamp: at(14) });
  const stage = await openFilteredStage(context, { clip }, { texts: () => [text] });
  stage.segments(10);
  stage.end();
  const times = ['i', '0', '2000', ...stage.rowsOf(BEST).map(({ time }) => String(time))];
  const addresses = (['m3u8-cmaf', 'm3u8-aapl', 'mpd-time-cmaf', 'mpd-time-csf'] as const).flatMap((format) =>
    viewsOf(format).flatMap((view) => times.map((time) => `Fragments(words=${time}${view}).vtt`)),
  );

  async function wordsAt(locator: string): Promise<readonly number[]> {
    const words = new Set<number>();
    for (const address of addresses) {
      const { status, body } = await ask(stage.origin, `/${locator}/stream.ism/QualityLevels(300)/${address}`);
      const file = status === 200 ? readable(body, address).matchAll(/word (\d+)/g) : [];
      [...file].forEach(([, word]) => words.add(Number(word)));
    }
    return [...words].toSorted((a, b) => a - b);
  }

  assert.deepEqual(
    await wordsAt(WIDE),
    Array.from({ length: 20 }, (_, second) => second),
  );
  assert.deepEqual(await wordsAt(NARROW), [8, 9, 10, 11, 12, 13]);
});

function readable(body: Buffer, address: string): string {
  if (!address.includes('encryption=cbc)')) {
    return body.toString();
  }
  const decipher = createDecipheriv('aes-128-cbc', FAKE_KEY.value, FAKE_KEY.iv);
  return `${decipher.update(body).toString()}${decipher.final().toString()}`;
}

test('who is kept behind the edge does not read there what is said now', async (context) => {
  const text: LiveText = {
    ...TEXT,
    sourceTrackId: () => SOUND.id,
    isFinalUntil: () => true,
    closeUntil: () => undefined,
    within: (startMs, endMs) => [{ startMs, endMs, id: '', settings: '', text: 'now' }],
  };
  const texts = [text];
  const behind = range({ liveBackoffDuration: 6000 });
  const stage = await openFilteredStage(context, { behind }, { liveTexts: () => texts });
  stage.segments(20);
  const gotRound: string[] = [];
  const views = (['m3u8-cmaf', 'm3u8-aapl', 'mpd-time-cmaf', 'mpd-time-csf'] as const).flatMap(viewsOf);

  for (const { time } of stage.rowsOf(SOUND).slice(-3)) {
    for (const path of views.map((view) => `QualityLevels(300)/Fragments(words=${time}${view})`)) {
      assert.equal(await stage.statusOf(WIDE, path), 200, path);
      const status = await stage.statusOf(NARROW, path);
      if (status < 400) {
        gotRound.push(`${status} ${path}`);
      }
    }
  }

  assert.deepEqual(gotRound, []);
});
