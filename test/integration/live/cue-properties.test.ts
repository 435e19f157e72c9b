import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFile, MP4BoxBuffer } from 'mp4box';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { createCueList } from '../../../src-main/core/live/cues/cue-list.ts';
import { positionOf, startOf } from '../../../src-main/core/live/cues/timeline-position.ts';
import { createLivePresentation } from '../../../src-main/core/live/live-presentation.ts';
import { createTimeline } from '../../../src-main/core/live/timeline.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { CUE_TIMESCALE } from '../../../src-main/core/ports/cues.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fragmentPath, playlistPath } from '../../support/packaged-stream.ts';
import { insertSection } from '../../support/splice-messages.ts';
import { emsgsIn } from './emsgs-in.ts';

const SPLICE = 'urn:scte:scte35:2013:bin';
const METADATA = 'https://aomedia.org/emsg/ID3';
const TRACKS = [videoTrack(), audioTrack()];

type Step =
  | { readonly kind: 'media'; readonly frames: number }
  | {
      readonly kind: 'cue';
      readonly id: string;
      readonly scheme: typeof SPLICE | typeof METADATA;
      readonly inSeconds: number;
      readonly seconds: number | undefined;
      readonly says: 'out' | 'in' | 'cancel';
    }
  | { readonly kind: 'cancel'; readonly id: string };

const id = fc.constantFrom('1', '2');
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('media' as const), frames: fc.integer({ min: 1, max: 70 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('cue' as const),
        id,
        scheme: fc.constantFrom(SPLICE, SPLICE, METADATA),
        inSeconds: fc.integer({ min: -5, max: 20 }),
        seconds: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
        says: fc.constantFrom('out', 'in', 'cancel'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id }) },
  ),
  { minLength: 3, maxLength: 25 },
);

/** A broadcast in memory with its packager. */
function broadcast(partSeconds: number | undefined) {
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  const clock = manualClock(0);
  const cues = createCueList({
    position: () => positionOf(timeline, { clock, epochOffsetMs: 0, hasParts: partSeconds !== undefined }),
  });
  const changed = createEmitter<undefined>();
  cues.changed.on(() => changed.emit(undefined));
  timeline.changed.on(() => cues.follow());
  const presentation = createLivePresentation({
    id: 'live',
    timeline,
    notes: { cues: cues.list, captionsOf: () => [], revision: cues.revision, changed },
    files: undefined,
    fromSequence: 1,
    rewindSeconds: 12,
    segmentSeconds: 2,
    partSeconds,
    epochOffsetMs: 0,
    startedAtMs: 0,
  });
  const packager = createPackager({ clock });
  const publication = fakePublication(presentation);
  timeline.input.open(TRACKS);
  let frames = 0;

  async function bytes(path: string): Promise<Buffer> {
    const answer = await packager.answer(publication, packager.parse(`/0f0e/stream.ism/${path}`).resource, '');
    switch (answer.kind) {
      case 'media': {
        const all = Buffer.concat(answer.chunks);
        assert.equal(answer.size, all.length);
        return all;
      }
      case 'growing':
        return Buffer.concat(answer.read(0).chunks);
      case 'manifest':
        return Buffer.from(answer.document.identity());
      case 'not-yet':
        return assert.fail(`${path} is not there`);
    }
  }

  return {
    cues,
    presentation,
    bytes,
    edgeSeconds: () => frames / 30,
    feed(count: number) {
      pushBoth(timeline.input, TRACKS, { from: frames, to: frames + count, start: 0 });
      frames += count;
      const needed = timeline.newestSequence() - 8;
      timeline.trim(needed);
      const start = startOf(timeline, needed);
      if (start !== undefined) {
        cues.trim(needed, start);
      }
    },
  };
}

/** What another parser finds: the boxes at the top, in their order, and how many samples there are. */
function readWithMp4box(
  track: Track,
  segment: Buffer,
): { readonly boxes: readonly string[]; readonly samples: number } {
  const reader = createFile();
  let problem: string | undefined;
  reader.onError = (module, message) => {
    problem = `${module}: ${message}`;
  };
  const whole = Uint8Array.from(Buffer.concat([track.init, segment]));
  reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(whole.buffer, 0), true);
  reader.flush();
  assert.equal(problem, undefined);
  const { tracks } = reader.getInfo();
  return {
    boxes: reader.boxes.map(({ type }) => type),
    samples: tracks.reduce((sum, one) => sum + reader.getTrackSamplesInfo(one.id).length, 0),
  };
}

for (const partSeconds of [0.2134, undefined]) {
  const kind = partSeconds === undefined ? 'whole segments' : 'low latency';

  test(`no byte of a broadcast of ${kind} ever changes, whatever cues come and go, and another parser reads them`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const live = broadcast(partSeconds);
        const seen = new Map<string, Buffer>();

        /** What is there now begins with what was there before. */
        async function look(): Promise<void> {
          for (const { track, segments, open } of live.presentation.tracks()) {
            for (let index = 0; index < segments.length; index += 1) {
              const path = fragmentPath(track, segments.at(index).time, { format: 'mpd-time-cmaf' });
              remember(path, await live.bytes(path));
            }
            if (open !== undefined && partSeconds !== undefined) {
              const path = fragmentPath(track, open.time, { format: 'mpd-time-cmaf' });
              remember(path, await live.bytes(path));
            }
            if (segments.length > 0) {
              await lookAtParts(track);
            }
          }
        }

        function remember(path: string, bytes: Buffer): void {
          const before = seen.get(path) ?? Buffer.alloc(0);
          assert.deepEqual(bytes.subarray(0, before.length), before, path);
          seen.set(path, bytes);
        }

        async function lookAtParts(track: Track): Promise<void> {
          const folder = `QualityLevels(${track.bitrate})/`;
          const playlist = parseMediaPlaylist((await live.bytes(playlistPath(track))).toString());
          for (const { uri, parts = [] } of playlist.segments) {
            const media = await Promise.all(parts.map((part) => live.bytes(folder + part.uri)));
            if (parts.length > 0) {
              assert.deepEqual(Buffer.concat(media), await live.bytes(folder + uri));
            }
          }
        }

        live.feed(60);
        for (const step of story) {
          switch (step.kind) {
            case 'media':
              live.feed(step.frames);
              break;
            case 'cue':
              live.cues.put({
                id: step.id,
                scheme: step.scheme,
                value: 'onAdCue',
                time: ticks(Math.round((live.edgeSeconds() + step.inSeconds) * CUE_TIMESCALE)),
                duration: step.seconds === undefined ? undefined : step.seconds * CUE_TIMESCALE,
                message: insertSection(Number(step.id), step.says),
              });
              break;
            case 'cancel':
              live.cues.cancel(SPLICE, step.id);
              break;
          }
          await look();
        }

        const [video] = live.presentation.tracks();
        for (const { track, segments } of live.presentation.tracks()) {
          for (let index = 0; index < segments.length; index += 1) {
            const path = fragmentPath(track, segments.at(index).time, { format: 'mpd-time-cmaf' });
            const bytes = seen.get(path)!;
            const { boxes, samples } = readWithMp4box(track, bytes);
            const events = emsgsIn(bytes);
            assert.deepEqual(boxes.slice(0, 2 + events.length), ['ftyp', 'moov', ...events.map(() => 'emsg')]);
            assert.match(boxes.slice(2 + events.length).join(' '), /^moof mdat(?: moof mdat)*$/);
            assert.equal(new Set(events.map(({ id: number }) => number)).size, events.length);
            assert(samples > 0);
          }
        }
        assert(video !== undefined);
      }),
      { numRuns: 25 },
    );
  });
}
