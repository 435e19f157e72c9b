import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tokenOption } from '../../support/protect-rig.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send, smoothOutput } from '../../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
} from '../../support/service-stage.ts';
import { openStage, until } from '../../support/studio-stage.ts';
import { jwt } from '../../support/tokens.ts';

const TOKENS = {
  rtmp: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  push: '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
  stream: '6ba7b813-9dad-41d1-80b4-00c04fd430c8',
  /** Of who is turned away. */
  wrong: '6ba7b812-9dad-41d1-80b4-00c04fd430c8',
} as const;

test('what stands in addresses and lets somebody in stands in no log, event, metric or list of telemetry', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using opened = new AsyncDisposableStack();
  const stage = opened.use(await openStage());
  const { lectern } = stage;
  const events = opened.use(followEvents(lectern));
  const rtmp = await startEvent(lectern, 'rtmp', {
    input: { streamingProtocol: 'RTMP', accessToken: TOKENS.rtmp },
  });
  const push = await startEvent(lectern, 'push', {
    input: { streamingProtocol: 'FragmentedMP4', accessToken: TOKENS.push },
  });
  const stream = await startEvent(lectern, 'stream', {
    input: { streamingProtocol: 'TransportStream', accessToken: TOKENS.stream },
  });
  const tape = await record(lectern, 'rtmp');
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }] });
  const streamOver = (url: string): readonly string[] => ['-map', '0', '-c', 'copy', '-f', 'mpegts', url];
  const { port: srtPort } = new URL(ingestUrl(stream, 'srt').replace('srt:', 'http:'));
  const srt = `srt://127.0.0.1:${srtPort}?streamid=`;
  const friends = [
    rtmpOutputs(ingestUrl(rtmp, 'rtmp'), ['plain']),
    smoothOutput(ingestUrl(push, 'http')),
    streamOver(`${srt}${TOKENS.stream}/in-stream-id`),
    streamOver(`${srt}stream/in-passphrase&passphrase=${TOKENS.stream}&pbkeylen=16`),
  ];
  const strangers = [
    rtmpOutputs(ingestUrl(rtmp, 'rtmp').replace(TOKENS.rtmp, TOKENS.wrong), ['stranger']),
    smoothOutput(ingestUrl(push, 'http').replace(TOKENS.push, TOKENS.wrong)),
    streamOver(`${srt}${TOKENS.wrong}/stranger`),
    streamOver(`${srt}stream/stranger&passphrase=${TOKENS.wrong}`),
  ];
  for (const output of friends) {
    opened.use(send(output, realTime(file)));
  }
  const turnedAway = strangers.map((output) => opened.use(send(output, realTime(file))));
  const told = (kind: string): number =>
    events.seen().filter(({ eventType }) => eventType === `Microsoft.Media.LiveEvent${kind}`).length;
  await until(
    'all were let in',
    () => (told('EncoderConnected') >= friends.length && told('ConnectionRejected') > 0 ? true : undefined),
    60_000,
  );
  const codes = await Promise.all(turnedAway.map(({ ended }) => ended));
  assert.ok(codes.every((code) => code !== 0));
  await segmentsAt(tape.hls, 1);
  await segmentsAt(`${previewBase(lectern, push)}/manifest(format=m3u8-cmaf)`, 1);

  const viewer = await jwt(Date.now());
  await request(lectern, 'PUT', '/contentKeyPolicies/viewers', { options: [tokenOption()] });
  const locator = await lectern.call('putLocator', {
    params: { name: 'protected' },
    body: {
      assetName: tape.asset,
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'viewers',
    },
  });
  const { body: keys } = await request(lectern, 'POST', '/streamingLocators/protected/listContentKeys', {});
  const listed = field(keys, 'contentKeys');
  const key: unknown = Array.isArray(listed) ? listed[0] : undefined;
  const given = await fetch(`${lectern.originUrl}/keydelivery/?KID=${String(field(key, 'id'))}&token=${viewer}`);
  const value = Buffer.from(await given.arrayBuffer());
  assert.deepEqual([given.status, value.length], [200, 16]);
  await fetch(`${lectern.originUrl}/keydelivery/?KID=1&token=${viewer}`);

  const base = `${lectern.originUrl}/${locator.streamingLocatorId}/show.ism`;
  const manifests = await Promise.all(
    [
      'manifest(format=m3u8-cmaf,encryption=cbc)',
      'manifest(format=m3u8-aapl,encryption=cbc)',
      'manifest(format=mpd-time-cmaf,encryption=cbc)',
      'manifest(format=mpd-time-csf,encryption=cbc)',
      'manifest(encryption=cbc)',
    ].map(async (path) => [path, await (await fetch(`${base}/${path}`)).text()] as const),
  );
  const [, multivariant = ''] = manifests[0] ?? [];
  const playlist = multivariant.split('\n').find((line) => line.startsWith('QualityLevels')) ?? '';
  const watch = `${lectern.originUrl}/watch/${locator.streamingLocatorId}`;
  const [, smooth = ''] = manifests.at(-1) ?? [];
  const header = Buffer.from(/<ProtectionHeader[^>]*>([^<]+)</.exec(smooth)?.[1] ?? '', 'base64');
  const shown = [
    ...manifests,
    ['protection header', header.toString().replaceAll('\0', '')],
    ['media playlist', await (await fetch(`${base}/${playlist}`)).text()],
    ['watch page', await (await fetch(`${watch}?token=${viewer}`)).text()],
    ['what the watch page asks', await (await fetch(`${watch}/status.json?token=${viewer}`)).text()],
  ] as const;
  assert.deepEqual(
    shown.flatMap(([where, text]) => (text.includes('keydelivery') ? [where] : [])),
    [...manifests.slice(0, -1).map(([path]) => path), 'protection header', 'media playlist'],
    'these say where keys are',
  );

  const telemetry = await Promise.all(
    ['rtmp', 'push', 'stream'].flatMap((name) =>
      ['status', 'streamEvents', 'trackIngestHeartbeats'].map(async (what) => {
        const { status, body } = await request(lectern, 'GET', `/liveEvents/${name}/${what}`);
        assert.equal(status, 200, what);
        return [`${name}/${what}`, JSON.stringify(body)] as const;
      }),
    ),
  );
  const headers = { Authorization: `Bearer ${lectern.token}` };
  const metrics = await fetch(`${lectern.controlUrl}/api/v1/metrics`, { headers });
  assert.equal(metrics.status, 200);
  const audit = await request(lectern, 'GET', '/auditLog');
  const media = events.seen().filter(({ eventType }) => eventType.startsWith('Microsoft.Media.'));
  await stage.lectern.stop();
  const folder = join(stage.dataDir, 'logs');
  const logs = await Promise.all(
    (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  assert.ok(
    logs.some(([, text]) => text.includes('stranger')),
    'the log tells of who was turned away',
  );

  const secrets = [...Object.values(TOKENS), viewer, value.toString('base64'), value.toString('hex')];
  for (const [where, text] of [
    ...logs,
    ...telemetry,
    ...shown,
    ['standard error', lectern.words()],
    ['events', JSON.stringify(media)],
    ['metrics', await metrics.text()],
    ['audit log', JSON.stringify(audit.body)],
  ] as const) {
    for (const secret of secrets) {
      const at = text.toLowerCase().indexOf(secret.toLowerCase());
      assert.equal(at, -1, `${where}: …${text.slice(Math.max(0, at - 200), at)}`);
    }
  }
});
