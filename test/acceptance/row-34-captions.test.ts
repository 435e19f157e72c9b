import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import { captionSei } from '../support/caption-sei.ts';
import { CAPTION_WORDS, captionsIn, captionsOf, withUnit } from '../support/captioned-feed.ts';
import { sendWithCues } from '../support/cue-encoder.ts';
import { cuePlaylist, cuePlaylists } from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile } from '../support/senders.ts';
import { ingestUrl, record, request, startEvent, textOf } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';

const CREATE = { input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' } } as const;
const SEI = 6;

test('34: captions inside of the pictures survive to the byte, and HLS tells of them', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
  const sent: string[] = [];
  const [event, silent] = [
    await startEvent(stage.lectern, 'captioned', CREATE),
    await startEvent(stage.lectern, 'filled', CREATE),
  ];
  const [published, filled] = [await record(stage.lectern, 'captioned'), await record(stage.lectern, 'filled')];
  await using _encoder = await sendWithCues(ingestUrl(event, 'rtmp'), 'one', file, {
    edit(payload, index) {
      const sei = captionSei(captionsOf(index));
      sent.push(Buffer.from(sei).toString('hex'));
      return withUnit(payload, sei);
    },
  });
  // What encoders write while there is nothing to say.
  await using _silent = await sendWithCues(ingestUrl(silent, 'rtmp'), 'one', file, {
    edit: (payload) =>
      withUnit(
        payload,
        captionSei([
          [0xfc, 0x80, 0x80],
          [0xfa, 0, 0],
        ]),
      ),
  });
  for (const { hls } of [published, filled]) {
    await until(
      'five segments',
      async () => {
        const playlists = await cuePlaylists(hls);
        return playlists.length === 2 && playlists.every(({ segments }) => segments.length >= 5)
          ? true
          : undefined;
      },
      30_000,
    );
  }

  for (const format of ['m3u8-cmaf', 'm3u8-cmaf,cue=legacy']) {
    assertAnnounced((await textOf(`${published.base}/manifest(format=${format})`)) ?? '');
  }
  const inDash = ((await textOf(published.dash)) ?? '').match(
    /Accessibility schemeIdUri="urn:scte:dash:cc:[^"]+"/g,
  );
  assert.deepEqual(
    inDash?.map((line) => /cea-\d+/.exec(line)?.[0]),
    ['cea-608', 'cea-708'],
  );
  const silentText = (await textOf(filled.hls)) ?? '';
  assert.doesNotMatch(silentText, /TYPE=CLOSED-CAPTIONS/);
  assert.match(silentText, /#EXT-X-STREAM-INF:[^\n]*CLOSED-CAPTIONS=NONE/);

  await request(stage.lectern, 'DELETE', '/liveEvents/captioned/liveOutputs/tape');
  assertAnnounced((await textOf(published.hls)) ?? '');
  const [video] = await cuePlaylists(published.hls);
  const recorded = await wholeOf(video?.url ?? '');
  const units = captionUnits(recorded);
  const from = sent.indexOf(units[0] ?? '');
  assert.ok(units.length >= 5 * 30 && from >= 0, `${units.length} pictures with captions`);
  assert.deepEqual(units, sent.slice(from, from + units.length));
  assert.match(await captionsIn(recorded), new RegExp(CAPTION_WORDS));
});

function assertAnnounced(text: string): void {
  const lines = [...text.matchAll(/#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,[^\n]*/g)].map(([line]) => line);
  assert.deepEqual(
    lines.map((line) => /INSTREAM-ID="([^"]+)"/.exec(line)?.[1]),
    ['CC1', 'SERVICE1'],
  );
  const groups = new Set(lines.map((line) => /GROUP-ID="([^"]+)"/.exec(line)?.[1]));
  const names = new Set(lines.map((line) => /NAME="([^"]+)"/.exec(line)?.[1]));
  assert.deepEqual([groups.size, names.size], [1, 2]);
  assert.ok(lines.every((line) => !line.includes('URI=')));
  assert.match(text, new RegExp(`#EXT-X-STREAM-INF:[^\\n]*CLOSED-CAPTIONS="${[...groups][0]}"`));
}

/** The initialization and all segments of a playlist as one file. */
async function wholeOf(url: string): Promise<Buffer> {
  const { map, segments } = await cuePlaylist(url);
  const bytes = async (part: string): Promise<Buffer> => Buffer.from(await (await fetch(part)).arrayBuffer());
  return Buffer.concat(await Promise.all([map, ...segments.map((segment) => segment.url)].map(bytes)));
}

/** The caption SEI of each picture, in order. */
function captionUnits(movie: Buffer): readonly string[] {
  const units: string[] = [];
  for (const event of createFragmentReader().push(movie)) {
    for (const { data } of event.kind === 'fragment' ? event.samples : []) {
      const sample = Buffer.from(data);
      for (let at = 0; at + 4 <= sample.length; at += 4 + sample.readUInt32BE(at)) {
        const unit = sample.subarray(at + 4, at + 4 + sample.readUInt32BE(at));
        if (((unit[0] ?? 0) & 0x1f) === SEI && unit.includes('GA94')) {
          units.push(unit.toString('hex'));
        }
      }
    }
  }
  return units;
}
