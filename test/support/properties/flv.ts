import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import type { AdCue } from '../../../src-main/media/flv/ad-cue.ts';
import type { FlvTrack } from '../../../src-main/media/flv/flv-output.ts';
import { type Bitrates, createFlvReader } from '../../../src-main/media/flv/flv-reader.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { flv } from '../rtmp-client.ts';

/** A reader, and what came out of it. */
export function flvRig(stated: Bitrates = { video: undefined, audio: undefined }) {
  const tracks: FlvTrack[] = [];
  const video: Sample[] = [];
  const audio: Sample[] = [];
  const cues: AdCue[] = [];
  const reader = createFlvReader(stated, {
    onTrack: (track) => tracks.push(track),
    onSample: (kind, sample) => (kind === 'video' ? video : audio).push(sample),
    onCue: (cue) => cues.push(cue),
  });
  return { reader, tracks, video, audio, cues };
}

const valid = fc.constantFrom(flv.avcConfig(), flv.aacConfig(), flv.avcFrame({ key: true }), flv.aacFrame());
const bent = fc.tuple(valid, fc.nat(60), fc.nat(255)).map(([payload, at, value]) => {
  const copy = Buffer.from(payload);
  copy[at % copy.length] = value;
  return copy;
});
const message = fc.record({
  kind: fc.constantFrom('audio' as const, 'video' as const, 'script' as const),
  timestamp: fc.nat(0xffff_ffff),
  payload: fc.oneof(valid, bent, fc.uint8Array({ maxLength: 40 })),
});

export const anyFlvMessages = fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
  const { reader, video, audio } = flvRig();
  for (const { kind, timestamp, payload } of messages) {
    try {
      if (kind === 'script') {
        reader.script(payload);
      } else {
        reader[kind](timestamp, payload);
      }
    } catch (error) {
      assert(error instanceof AppError, String(error));
    }
  }
  reader.flush();
  for (const { duration, compositionOffset, data } of [...video, ...audio]) {
    assert(Number.isSafeInteger(duration) && duration >= 1 && duration < 2 ** 32);
    assert(Math.abs(compositionOffset) < 2 ** 31 && data.length > 0);
  }
});
