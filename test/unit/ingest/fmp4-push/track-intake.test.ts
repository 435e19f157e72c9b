import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTrackIntake, type TrackIntake } from '../../../../src-main/core/ingest/fmp4-push/track-intake.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import { createIngestReader } from '../../../../src-main/media/cmaf/fragment-reader.ts';
import { writeTrak } from '../../../../src-main/media/cmaf/trak.ts';
import type { AudioTrackDescription, TrackDescription } from '../../../../src-main/media/cmaf/types.ts';
import type { EventMessage } from '../../../../src-main/media/isobmff/emsg.ts';
import { writeMvhd } from '../../../../src-main/media/isobmff/mvhd.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { type RecordedConnection, recordingDoor, TOKEN } from '../../../integration/ingest/fmp4-push/rig.ts';
import { AUDIO, concat, VIDEO, written } from '../../media/sample-media.ts';
import {
  header,
  liveManifest,
  message,
  SECTION,
  SPARSE_HEADER,
  SPARSE_MANIFEST,
  smoothFragment,
  sparseFragment,
  VIDEO_HEADER,
  videoFragment,
} from '../../media/smooth/ingest-streams.ts';

type Rig = {
  readonly intake: TrackIntake;
  readonly connection: RecordedConnection;
  readonly send: (...parts: readonly Uint8Array[]) => void;
};

function open(): Rig {
  const door = recordingDoor();
  const connection = door.connect({
    protocol: 'FragmentedMP4',
    accessToken: TOKEN,
    streamName: 'x',
    ingestUrl: '',
    entrance: 'primary',
    peer: { address: '127.0.0.1', port: 1 },
    disconnect: () => undefined,
  });
  const intake = createTrackIntake({ connection, logger: silentLogger });
  const reader = createIngestReader();
  const [recorded] = door.connections;
  assert.ok(recorded !== undefined);
  return { intake, connection: recorded, send: (...parts) => intake.take(reader.push(concat(...parts))) };
}

/** A header whose only track has such an edit list. */
function edited(description: TrackDescription, mediaTime: bigint): Uint8Array {
  return written((writer) =>
    writer.box('moov', () => {
      writeMvhd(writer, { timescale: 1000, duration: 0n, nextTrackId: 2 });
      const edits = [{ kind: 'media', duration: 0n, mediaTime: ticks(mediaTime) }] as const;
      const box = { trackId: 1, description, movieDuration: 0n, mediaDuration: 0n, edits };
      writeTrak(writer, box, () => undefined);
      writer.box('mvex', () => undefined);
    }),
  );
}

function assertRefused(action: () => void, code: string): void {
  assert.throws(action, (error) => error instanceof AppError && error.code === code);
}

test('the header describes the tracks where no manifest does', () => {
  const { connection, send } = open();

  send(header([{ ...VIDEO, bitrate: 0 }, AUDIO]));

  assert.deepEqual(
    connection.tracks.map(({ name, declaredBitrate, description }) => [
      name,
      declaredBitrate,
      description.language,
    ]),
    [
      [undefined, undefined, 'und'],
      [undefined, 128_000, 'en'],
    ],
  );
});

test('what the manifest says goes before what the header says', () => {
  const { connection, send } = open();
  const manifest = `<smil><audio systemBitrate="64000"><param name="trackID" value="2"/>
    <param name="systemLanguage" value="deu"/><param name="trackName" value="Ton"/><param name="timescale" value="44100"/>
    </audio></smil>`;

  send(liveManifest(manifest), header([VIDEO, AUDIO]));

  const [video, audio] = connection.tracks;
  assert.deepEqual(video?.description, VIDEO);
  assert.deepEqual(audio?.description, { ...AUDIO, bitrate: 64_000, language: 'de', timescale: 44_100 });
  assert.deepEqual([audio.name, audio.declaredBitrate], ['Ton', 64_000]);
});

test('a manifest that cannot be read is left aside', () => {
  const { connection, send } = open();

  send(liveManifest('<smil'), VIDEO_HEADER, videoFragment(2));

  assert.equal(connection.tracks[0]?.samples.length, 2);
});

test('a header that is repeated changes nothing, another one begins anew', () => {
  const { connection, send } = open();

  send(VIDEO_HEADER, videoFragment(1), VIDEO_HEADER, videoFragment(1, 3000), header([{ ...VIDEO, bitrate: 7 }]));

  assert.deepEqual(
    connection.tracks.map(({ declaredBitrate, samples }) => [declaredBitrate, samples.length]),
    [
      [800_000, 2],
      [7, 0],
    ],
  );
});

test('what describes itself otherwise again and again is refused in the end', () => {
  const { send } = open();
  const alternate = (): void => send(header([{ ...VIDEO, bitrate: 1 }]), header([{ ...VIDEO, bitrate: 2 }]));

  for (let round = 0; round < 32; round += 1) {
    alternate();
  }
  assertRefused(alternate, 'media/malformed');
});

test('sound of another kind than AAC-LC and HE-AAC is refused before anything is announced', () => {
  const { connection, send } = open();
  // Audio object type 1: AAC Main.
  const main: AudioTrackDescription = { ...AUDIO, decoderConfig: Uint8Array.of(0x09, 0x88) };

  assertRefused(() => send(header([VIDEO, main])), 'MPE_INGEST_CODEC_NOT_SUPPORTED');

  assert.equal(connection.tracks.length, 0);
});

test('a stream without picture, sound and known cues is refused', () => {
  const { send } = open();

  assertRefused(
    () => send(header([], [{ trackId: 1, timescale: 1000, format: 'mett' }])),
    'MPE_INGEST_CODEC_NOT_SUPPORTED',
  );
});

test('a clock that runs below zero is refused, the delay of an encoder is not', () => {
  const fragmentAt = (time: bigint): Uint8Array =>
    smoothFragment({
      trackId: 1,
      time: BigInt.asUintN(64, time),
      duration: 3000n,
      samples: [{ duration: 3000, data: Uint8Array.of(1) }],
    });
  const { connection, send } = open();

  send(VIDEO_HEADER, fragmentAt(-90_000n));
  assertRefused(() => send(fragmentAt(-90_001n)), 'ingest/negative-time');

  assert.deepEqual(
    connection.tracks[0]?.samples.map(({ decodeTime }) => decodeTime),
    [-90_000n],
  );
});

test('an edit list that takes back the delay of reordering leaves decode times alone', () => {
  const { connection, send } = open();

  send(edited(VIDEO, 6000n), videoFragment(1));

  const [sample] = connection.tracks[0]?.samples ?? [];
  assert.deepEqual([sample?.decodeTime, sample?.compositionOffset], [0n, -6000]);
});

test('an edit list that moves a picture further, or sound at all, moves the whole track', () => {
  const video = open();
  const audio = open();

  video.send(edited(VIDEO, 900_000n), videoFragment(1));
  audio.send(edited(AUDIO, 1024n), videoFragment(1));

  const [picture] = video.connection.tracks[0]?.samples ?? [];
  const [sound] = audio.connection.tracks[0]?.samples ?? [];
  assert.deepEqual([picture?.decodeTime, picture?.compositionOffset], [-900_000n, 0]);
  assert.deepEqual([sound?.decodeTime, sound?.compositionOffset], [-1024n, 0]);
});

test('a sparse track gives cues at the time of the fragment and as much later as they say', () => {
  const { intake, connection, send } = open();

  send(
    liveManifest(SPARSE_MANIFEST),
    SPARSE_HEADER,
    sparseFragment({ id: 7, time: 10_000_000n, delta: 50_000_000, duration: 300_000_000n }),
    sparseFragment({ id: 8, time: 20_000_000n, delta: 0, duration: 0n }),
  );

  assert.ok(intake.isSparse());
  const common = { scheme: 'urn:scte:scte35:2013:bin', value: 'ads', message: SECTION };
  assert.deepEqual(connection.cues, [
    { ...common, id: '7', time: { ticks: 60_000_000n, timescale: 10_000_000 }, duration: 30 },
    { ...common, id: '8', time: { ticks: 20_000_000n, timescale: 10_000_000 }, duration: undefined },
  ]);
});

test('without a manifest the sample entry says that a track is one of cues', () => {
  const { connection, send } = open();

  send(SPARSE_HEADER, sparseFragment({ id: 7, time: 1000n, delta: 500, duration: 2000n }));

  assert.deepEqual(
    connection.cues.map(({ value, time, duration }) => [value, time, duration]),
    [['', { ticks: 1500n, timescale: 1000 }, 2]],
  );
});

test('a cue that cannot be read is dropped and the next one is not', () => {
  const { connection, send } = open();
  const short = smoothFragment({
    trackId: 3,
    time: 1n,
    duration: 1n,
    samples: [{ duration: 1, data: Uint8Array.of(1) }],
  });

  send(SPARSE_HEADER, short, sparseFragment({ id: 8, time: 1n, delta: 1, duration: 1n }));

  assert.deepEqual(
    connection.cues.map(({ id }) => id),
    ['8'],
  );
});

const EVENT: EventMessage = {
  schemeIdUri: 'urn:scte:scte35:2013:bin',
  value: '1001',
  timescale: 1000,
  start: { kind: 'absolute', ticks: ticks(5_000_000_000_000n) },
  duration: 0xffff_ffff,
  id: 42,
  payload: SECTION,
};

test('a message with a time of its own is a cue at once', () => {
  const { connection, send } = open();

  send(
    VIDEO_HEADER,
    message(EVENT),
    message({ ...EVENT, schemeIdUri: 'https://aomedia.org/emsg/ID3', duration: 500 }),
  );

  const time = { ticks: 5_000_000_000_000n, timescale: 1000 };
  const common = { value: '1001', id: '42', time, message: SECTION };
  assert.deepEqual(connection.cues, [
    { ...common, scheme: 'urn:scte:scte35:2013:bin', duration: undefined },
    { ...common, scheme: 'https://aomedia.org/emsg/ID3', duration: 0.5 },
  ]);
});

test('a message with a distance counts from when the fragment behind it is first shown', () => {
  const { connection, send } = open();

  send(edited(VIDEO, 6000n), message({ ...EVENT, start: { kind: 'delta', ticks: 250 } }));
  assert.equal(connection.cues.length, 0);
  send(videoFragment(2, 96_000));

  assert.deepEqual(
    connection.cues.map(({ time }) => time),
    [{ ticks: 1250n, timescale: 1000 }],
  );
});

test('all names that SCTE-35 and ID3 messages have had are known, and no others', () => {
  const { connection, send } = open();
  const schemes = [
    'urn:scte:scte35:2013:bin',
    'urn:scte:scte35:2013a:bin',
    'urn:scte:scte35:2014:bin',
    'https://aomedia.org/emsg/ID3',
    'https://developer.apple.com/streaming/emsg-id3',
    'urn:mpeg:dash:event:2012',
    'urn:scte:scte35:2013:xml',
  ];

  send(VIDEO_HEADER, ...schemes.map((schemeIdUri) => message({ ...EVENT, schemeIdUri })));
  send(message({ ...EVENT, timescale: 0 }));

  assert.equal(connection.cues.length, 5);
});

test('messages that wait for a fragment are not kept without end', () => {
  const { connection, send } = open();

  send(
    VIDEO_HEADER,
    ...Array.from({ length: 200 }, () => message({ ...EVENT, start: { kind: 'delta', ticks: 1 } })),
  );
  send(videoFragment(1));

  assert.equal(connection.cues.length, 64);
});
