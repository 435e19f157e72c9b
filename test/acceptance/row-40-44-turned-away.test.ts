import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send, smoothOutput, transportOutput } from '../support/senders.ts';
import { field, followEvents, ingestUrl, request, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const WRONG = '00000000-0000-4000-8000-000000000000';
const NOBODY = { ip: { allow: [] } };

/** One way in: what its encoders send with, and what is no address of it. */
type Way = {
  readonly protocol: 'RTMP' | 'FragmentedMP4' | 'TransportStream';
  readonly scheme: string;
  readonly stream: string;
  readonly outputs: (url: string) => readonly string[];
  readonly misspelt: (url: string) => string;
};

const WAYS: readonly Way[] = [
  {
    protocol: 'RTMP',
    scheme: 'rtmp',
    stream: 'one',
    outputs: (url) => rtmpOutputs(url, ['one']),
    misspelt: (url) => url.replace('/live/', '/vod/'),
  },
  {
    protocol: 'FragmentedMP4',
    scheme: 'http',
    stream: 'live',
    outputs: smoothOutput,
    misspelt: (url) => url.replace('streams(live)', 'streams(a%20b)'),
  },
  {
    protocol: 'TransportStream',
    scheme: 'srt',
    stream: 'main',
    outputs: transportOutput,
    misspelt: (url) => url.replace(/streamid=.*/, 'streamid=a%20b/main'),
  },
];

describe('whoever is turned away, over each way in', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let file: string;
  let fast: string;
  let events: ReturnType<typeof followEvents>;

  before(async () => {
    const layers = [{ size: '160x90', kbps: 100 }];
    [file, fast] = await Promise.all([
      mediaFile({ seconds: 10, layers, gopSeconds: 1 }),
      mediaFile({ seconds: 5, layers, frameRate: 120 }),
    ]);
    stage = await openStage();
    events = followEvents(stage.lectern);
  });
  after(async () => {
    await events[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });

  /** Sends, and waits until that is told of, with its code and without what lets somebody in. */
  async function rejected(
    way: Way,
    url: string,
    expected: { readonly code: string; readonly subject: string; readonly stream: string },
    source = file,
  ): Promise<void> {
    const seenBefore = new Set(events.seen());
    await using _sender = send(way.outputs(url), realTime(source, { loop: true }));
    const { subject, data } = await events.next(
      'Microsoft.Media.LiveEventConnectionRejected',
      ({ ingestUrl: told, resultCode }) =>
        String(told).startsWith(`${way.scheme}://`) && resultCode === expected.code,
    );

    assert.deepEqual(
      [subject, field(data, 'streamId'), field(data, 'encoderIp')],
      [expected.subject, expected.stream, '127.0.0.1'],
    );
    assert.match(String(field(data, 'encoderPort')), /^\d+$/);
    const told = JSON.stringify(events.seen().filter((event) => !seenBefore.has(event)));
    assert.doesNotMatch(told, new RegExp(`${WRONG}|a%20b|a b`));
  }

  for (const way of WAYS) {
    const { protocol, scheme, stream } = way;

    test(`40: over ${protocol} a wrong token, who is not on the list, an address that is none, and too many pictures a second are told`, async () => {
      const open = await startEvent(stage.lectern, `open-${scheme}`, { input: { streamingProtocol: protocol } });
      const closed = await startEvent(stage.lectern, `closed-${scheme}`, {
        input: { streamingProtocol: protocol, accessControl: NOBODY },
      });
      const url = ingestUrl(open, scheme);

      await rejected(way, url.replace(open.input.accessToken, WRONG), {
        code: 'MPE_RTMP_APPID_AUTH_FAILURE',
        subject: 'liveEvents',
        stream,
      });
      await rejected(way, ingestUrl(closed, scheme), {
        code: 'MPE_INGEST_ENCODER_CONNECTION_DENIED',
        subject: `liveEvent/closed-${scheme}`,
        stream,
      });
      await rejected(way, way.misspelt(url), { code: 'MPE_BAD_URL_SYNTAX', subject: 'liveEvents', stream: '' });
      await rejected(
        way,
        url,
        { code: 'MPE_INGEST_FRAMERATE_EXCEEDED', subject: `liveEvent/open-${scheme}`, stream },
        fast,
      );
      for (const name of [open.name, closed.name]) {
        await request(stage.lectern, 'POST', `/liveEvents/${name}/stop`, {});
        await request(stage.lectern, 'DELETE', `/liveEvents/${name}`);
      }
    });
  }
});
