import type { Sample } from '../../../media/cmaf/types.ts';
import { type FlvPayload, flvTagBytes, writeFlvTag } from '../../../media/flv/flv-tag.ts';
import { BoxWriter } from '../../../media/isobmff/box-writer.ts';
import { type Ticks, ticksToSeconds } from '../../../media/time.ts';
import type { Track } from '../../ports/presentation.ts';

export type TrackPart = { readonly track: Track; readonly samples: readonly Sample[] };

/**
 * One HDS fragment: an `mdat` of FLV tags (F4V 10.1 §2.11), which begins with the configurations of its tracks, so that players can begin with
 * any. Times are ms behind `beginSeconds` of media time.
 */
export function writeHdsFragment(parts: readonly TrackPart[], beginSeconds: number): Uint8Array {
  const msOf = (time: Ticks, timescale: number): number =>
    Math.round((ticksToSeconds(time, timescale) - beginSeconds) * 1000);
  const tags = parts.flatMap(({ track, samples }) =>
    samples.map((sample) => {
      const timeMs = msOf(sample.decodeTime, track.timescale);
      return { timeMs, payload: payloadOf(track, sample) };
    }),
  );
  tags.sort((a, b) => a.timeMs - b.timeMs);
  const startMs = tags[0]?.timeMs ?? 0;
  const configurations = parts.map(
    ({ track }): FlvPayload =>
      track.kind === 'video'
        ? { kind: 'avc-config', record: track.decoderConfig }
        : { kind: 'aac-config', config: track.decoderConfig },
  );
  const all = [...configurations.map((payload) => ({ timeMs: startMs, payload })), ...tags];
  const writer = new BoxWriter(all.reduce((sum, { payload }) => sum + flvTagBytes(payload), 16));
  writer.box('mdat', (body) => {
    for (const { payload, timeMs } of all) {
      writeFlvTag(body, payload, timeMs);
    }
  });
  return writer.finish();
}

function payloadOf({ kind, timescale }: Track, sample: Sample): FlvPayload {
  return kind === 'video'
    ? {
        kind: 'avc',
        data: sample.data,
        isKeyFrame: sample.sync,
        compositionMs: Math.round((sample.compositionOffset * 1000) / timescale),
      }
    : { kind: 'aac', data: sample.data };
}
