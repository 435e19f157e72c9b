import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeChunk } from '../../src-main/media/cmaf/chunk.ts';
import { captionPairs } from '../../src-main/media/codecs/captions.ts';
import { CAPTION_WORDS, captionsIn, lettersIn, withCaptionsOf } from '../support/captioned-feed.ts';
import { sendWithCues } from '../support/cue-encoder.ts';
import { fetchLadder, lumas, type Rung } from '../support/encoded-ladder.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { COUNTED, countsOf, mediaFile } from '../support/senders.ts';
import { ingestUrl, record, segmentsAt, startEvent, textOf } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';

const SEGMENTS = 5;
/** Of the greys, read from pictures that were encoded twice. */
const MOST_MISREAD = 0.02;

for (const frameRate of [30, 60]) {
  test(`34: captions of ${frameRate} pictures a second survive encoding, in every quality, with the picture they belong to`, {
    skip: missingPrograms('ffmpeg', 'ffprobe'),
  }, async (context) => {
    await using stage = await openStage();
    const file = await mediaFile({
      seconds: 60,
      layers: [{ size: '640x360', kbps: 800 }],
      frameRate,
      picture: 'count',
    });
    const event = await startEvent(stage.lectern, 'captioned', {
      input: { streamingProtocol: 'RTMP' },
      encoding: { encodingType: 'Standard', presetName: 'Default720p' },
    });
    const { hls } = await record(stage.lectern, 'captioned');
    await using _encoder = await sendWithCues(ingestUrl(event, 'rtmp'), 'one', file, { edit: withCaptionsOf });
    await segmentsAt(hls, SEGMENTS, 45_000);

    const rungs = (await fetchLadder(hls)).filter(({ track }) => track.kind === 'video');
    const playlist = (await textOf(hls)) ?? '';

    assert.equal(rungs.length, 3);
    assert.deepEqual(
      [...playlist.matchAll(/TYPE=CLOSED-CAPTIONS,[^\n]*INSTREAM-ID="([^"]+)"/g)].map(([, channel]) => channel),
      ['CC1', 'SERVICE1'],
    );
    for (const rung of rungs) {
      const { captions, inOrder, pictures, away } = look(rung, frameRate / 30);
      context.diagnostic(`${captions} captions in ${pictures} pictures, ${away} of these away from their own`);
      assert.ok(captions >= (SEGMENTS - 1) * 2 * frameRate, `${captions} captions`);
      assert.ok(inOrder, 'each comes once, and in order');
      assert.ok(away <= MOST_MISREAD * pictures, `${away} of ${pictures} are with another picture`);
      assert.match(await captionsIn(movieOf(rung)), new RegExp(CAPTION_WORDS));
    }
  });
}

/** A computer that is too busy shows pictures twice and leaves others out: those have no captions, and the next has theirs with its own. */
function look(
  rung: Rung,
  every: number,
): {
  readonly captions: number;
  readonly inOrder: boolean;
  readonly pictures: number;
  readonly away: number;
} {
  const { track } = rung;
  assert(track.kind === 'video');
  const greys = countsOf(lumas(rung).map(({ luma }) => luma));
  const letters = rung.samples.map(({ data }) => lettersIn(captionPairs(data, track)));
  const all = letters.flat();
  const withSome = letters.flatMap((own, index) => (own.length === 0 ? [] : [{ own, grey: greys[index] }]));
  return {
    captions: all.length,
    inOrder: all.every((letter, index) => index === 0 || letter === ((all[index - 1] ?? 0) + 1) % COUNTED),
    pictures: withSome.length,
    // Of two pictures that became one the first is shown.
    away: withSome.filter(({ own, grey }) => own.at(-every) !== grey).length,
  };
}

function movieOf({ track, samples }: Rung): Uint8Array {
  const chunks = samples.map((sample, index) =>
    writeChunk([sample], { sequenceNumber: index + 1, kind: track.kind }),
  );
  return Buffer.concat([track.init, ...chunks.map(({ bytes }) => bytes)]);
}
