import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceiverCommand } from '../../../../src-main/core/ingest/rtmp/messages.ts';
import { trackToWire } from '../../../../src-main/core/ingest/rtmp/messages.ts';
import { createPublishers } from '../../../../src-main/core/ingest/rtmp/publishers.ts';
import type { IngestDoor, IngestRequest } from '../../../../src-main/core/ports/ingest.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { recordingDoor, TOKEN } from '../../../support/rtmp-door.ts';

const AAC = {
  kind: 'audio',
  fourCc: 'mp4a',
  timescale: 48_000,
  codec: 'mp4a.40.2',
  bitrate: 0,
  language: 'und',
  sampleRate: 48_000,
  channels: 2,
  decoderConfig: Uint8Array.of(0x11, 0x90),
} as const;
const SAMPLE = { decodeTime: ticks(5), duration: 1024, compositionOffset: 0, sync: true, data: Uint8Array.of(1) };

function publishEvent(id: number, accessToken = TOKEN) {
  return {
    type: 'publish',
    id,
    entrance: 'primary',
    address: '10.0.0.7',
    port: 4711,
    accessToken,
    streamName: 'a',
    ingestUrl: 'rtmp://host/live/a',
  } as const;
}

const trackEvent = (id: number) =>
  ({ type: 'track', id, description: trackToWire(AAC), declaredBitrate: undefined }) as const;
const audioFrame = (connection: number) =>
  ({ kind: 'sample', connection, track: 'audio', sample: SAMPLE }) as const;

function rig<T extends IngestDoor>(door: T) {
  const sent: ReceiverCommand[] = [];
  const publishers = createPublishers({ door, logger: silentLogger, send: (command) => sent.push(command) });
  return { door, sent, publishers };
}

test('tracks, samples and cues go through the door as they came', () => {
  const { door, sent, publishers } = rig(recordingDoor());

  publishers.publish(publishEvent(1));
  publishers.track(trackEvent(1));
  publishers.sample(audioFrame(1));
  publishers.cue({ type: 'cue', id: 1, cueId: 'c', time: 90_000, duration: 5, section: '/DA=' });
  publishers.ended({ type: 'ended', id: 1, reason: { code: 'MPE_CLIENT_TERMINATED_SESSION' } });

  assert.deepEqual(sent, [{ type: 'accept', id: 1 }]);
  const [stream] = door.streams;
  const { disconnect, ...request } = stream?.request ?? assert.fail();
  assert.equal(typeof disconnect, 'function');
  assert.deepEqual(request, {
    protocol: 'RTMP',
    accessToken: TOKEN,
    streamName: 'a',
    ingestUrl: 'rtmp://host/live/a',
    entrance: 'primary',
    peer: { address: '10.0.0.7', port: 4711 },
  });
  assert.deepEqual(stream?.tracks, [
    { track: { description: AAC, declaredBitrate: undefined }, samples: [SAMPLE] },
  ]);
  assert.deepEqual(stream.cues, [
    {
      scheme: 'urn:scte:scte35:2013:bin',
      value: 'onAdCue',
      id: 'c',
      time: { ticks: ticks(90_000), timescale: 90_000 },
      duration: 5,
      message: Uint8Array.of(0xfc, 0x30),
    },
  ]);
  assert.equal(stream.end, 'MPE_CLIENT_TERMINATED_SESSION');
  assert.equal(publishers.count(), 0);
});

test('a refusal goes to the encoder with its code and words', () => {
  const { door, sent, publishers } = rig(recordingDoor());

  publishers.publish(publishEvent(1, 'wrong'));
  publishers.track(trackEvent(1));

  assert.deepEqual(sent, [
    {
      type: 'end',
      id: 1,
      reason: {
        code: 'MPE_RTMP_APPID_AUTH_FAILURE',
        message: 'There is no running live event with that access token.',
      },
    },
  ]);
  assert.deepEqual(door.streams, []);
});

test('a track that the event does not take ends the connection on both sides', () => {
  const limit = new AppError('MPE_INGEST_MEDIA_QUALITIES_EXCEEDED', 'There are enough.');
  const { door, sent, publishers } = rig(
    recordingDoor({
      onTrack() {
        throw limit;
      },
    }),
  );

  publishers.publish(publishEvent(1));
  publishers.track(trackEvent(1));
  publishers.sample(audioFrame(1));

  assert.deepEqual(sent.slice(1), [
    { type: 'end', id: 1, reason: { code: 'MPE_INGEST_MEDIA_QUALITIES_EXCEEDED', message: 'There are enough.' } },
  ]);
  assert.equal(door.streams[0]?.end, limit);
});

test('an event that wants a stream no longer ends it once, and its late samples are nobody’s', () => {
  const { door, sent, publishers } = rig(recordingDoor());
  publishers.publish(publishEvent(1));
  const [stream] = door.streams;

  stream?.request.disconnect('MPI_REST_API_CHANNEL_STOP');
  stream?.request.disconnect('MPI_REST_API_CHANNEL_STOP');
  publishers.track(trackEvent(1));
  publishers.ended({ type: 'ended', id: 1, reason: { code: 'S_OK' } });

  assert.deepEqual(sent.slice(1), [{ type: 'end', id: 1, reason: { code: 'MPI_REST_API_CHANNEL_STOP' } }]);
  assert.deepEqual([stream?.end, stream?.tracks], [undefined, []]);
});

test('an event that ends a stream while it is being let in, is obeyed', () => {
  const { sent, publishers } = rig(
    recordingDoor({ onConnect: ({ disconnect }: IngestRequest) => disconnect('MPI_REST_API_CHANNEL_RESET') }),
  );

  publishers.publish(publishEvent(1));

  assert.deepEqual(sent, [{ type: 'end', id: 1, reason: { code: 'MPI_REST_API_CHANNEL_RESET' } }]);
  assert.equal(publishers.count(), 0);
});

test('after a restart a number comes again, and who had it before has no power over it', () => {
  const { door, sent, publishers } = rig(recordingDoor());
  publishers.publish(publishEvent(1));
  const gone = new AppError('process/exited', 'It ended.');
  publishers.endAll(gone);
  publishers.publish(publishEvent(1));

  door.streams[0]?.request.disconnect('S_OK');

  assert.equal(door.streams[0]?.end, gone);
  assert.equal(publishers.count(), 1);
  assert.deepEqual(
    sent.map(({ type }) => type),
    ['accept', 'accept'],
  );
});

test('a mistake behind the door ends that stream and no other', () => {
  const { door, publishers, sent } = rig(
    recordingDoor({
      onTrack({ description }) {
        if (description.kind === 'audio') {
          throw new TypeError('x is undefined');
        }
      },
    }),
  );
  publishers.publish(publishEvent(1));
  publishers.publish(publishEvent(2));

  publishers.track(trackEvent(1));

  assert.equal(publishers.count(), 1);
  assert.deepEqual(sent.at(-1)?.type, 'end');
  const { end } = door.streams[0] ?? assert.fail();
  assert(end instanceof AppError && end.code === 'service/internal');
});
