import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ENCODING_TYPES,
  INPUT_PROTOCOLS,
  liveEventCreate,
  STREAM_OPTIONS,
} from '../../../../src-main/shared/api/live-events.ts';
import {
  changed,
  FIRST_EVENT,
  faultsOf,
  longestArchiveHours,
  requestOf,
} from '../../../../src-renderer/features/service/event-draft.ts';
import { INGEST_ACCESSES } from '../../../../src-renderer/features/service/event-fields.ts';
import { previewUrlOf } from '../../../../src-renderer/features/service/preview-url.ts';
import { metadataCommand, recipesOf, withoutToken } from '../../../../src-renderer/features/service/recipes.ts';
import { aLiveEvent, running } from '../../../support/fake-service/scenarios.ts';

const TOKEN = '3f2b8c1e-5a4d-4f6b-9c0d-7e8f9a0b1c2d';
const PLAIN = TOKEN.replaceAll('-', '');

function rows(...addresses: readonly string[]) {
  return addresses.map((address, id) => ({ id, address, prefix: '', name: '' }));
}

function runningEvent(protocol: (typeof INPUT_PROTOCOLS)[number], encodingType?: (typeof ENCODING_TYPES)[number]) {
  const event = aLiveEvent('talk');
  return running(
    {
      ...event,
      input: { ...event.input, streamingProtocol: protocol },
      encoding: { encodingType: encodingType ?? 'PassthroughStandard' },
    },
    'http://127.0.0.1:8480',
  );
}

test('whatever is chosen in the form is an event that fits the schema and the service’s rules of what goes together', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record(
          {
            protocol: fc.constantFrom(...INPUT_PROTOCOLS),
            encodingType: fc.constantFrom(...ENCODING_TYPES),
            streamOption: fc.constantFrom(...STREAM_OPTIONS),
            ingestAccess: fc.constantFrom(...INGEST_ACCESSES),
            ingestAllow: fc.constantFrom(rows(), rows('10.0.0.1'), rows(' 10.0.0.0/22 ', '', 'fd00::/8')),
            presetName: fc.constantFrom('own', 'Default720p', '1080p-4-Layer', ''),
          },
          { requiredKeys: [] },
        ),
      ),
      (patches) => {
        const draft = patches.reduce(changed, { ...FIRST_EVENT, name: 'talk' });

        const request = liveEventCreate.parse(requestOf(draft));

        const { streamingProtocol, keyFrameIntervalDuration } = request.input;
        const { presetName, customPreset } = request.encoding ?? {};
        const isEncoding = presetName !== undefined || customPreset !== undefined;
        assert(presetName === undefined || customPreset === undefined, 'one of the two');
        assert.equal(faultsOf(draft).size, 0);
        assert.equal(keyFrameIntervalDuration === undefined, isEncoding);
        assert.equal(request.encoding?.keyFrameInterval === undefined, !isEncoding);
        assert(streamingProtocol !== 'Studio' || request.encoding?.encodingType === 'PassthroughStandard');
        assert(
          request.streamOptions?.[0] !== 'LowLatencyV2' || (isEncoding && streamingProtocol === 'RTMP'),
          'the lowest latency is of encoding RTMP events only',
        );
      },
    ),
  );
});

test('a preset belongs to its type, and going back to pass-through leaves none', () => {
  const encoding = changed(FIRST_EVENT, { encodingType: 'Standard' });
  const small = changed(encoding, { presetName: '720p-3-Layer' });

  assert.equal(encoding.presetName, 'Default720p');
  assert.equal(changed(small, { encodingType: 'Premium1080p' }).presetName, 'Default1080p');
  assert.equal(changed(small, { encodingType: 'PassthroughBasic' }).presetName, '');
});

test('who may send is left to the service, everybody of both families, or a list that may be empty', () => {
  const allowOf = (patch: Partial<typeof FIRST_EVENT>) =>
    requestOf({ ...FIRST_EVENT, ...patch }).input.accessControl?.ip.allow.map(({ address }) => address);

  assert.equal(allowOf({ ingestAccess: 'local', ingestAllow: rows('10.0.0.1') }), undefined);
  assert.deepEqual(allowOf({ ingestAccess: 'everybody' }), ['0.0.0.0/0', '::/0']);
  assert.deepEqual(
    allowOf({ ingestAccess: 'list', ingestAllow: rows(' 10.0.0.1 ', '', '10.0.0.1(255.255.252.0)') }),
    ['10.0.0.1', '10.0.0.1(255.255.252.0)'],
  );
  assert.deepEqual(allowOf({ ingestAccess: 'list' }), []);
});

test('what cannot be sent is known before it is sent', () => {
  assert.deepEqual(
    [...faultsOf({ ...FIRST_EVENT, name: '-x', keyFrameInterval: 'two' })],
    ['name', 'keyFrameInterval'],
  );
  assert.equal(requestOf({ ...FIRST_EVENT, keyFrameInterval: '0,5' }).input.keyFrameIntervalDuration, 'PT0.5S');
});

test('the longest archive is the one of the event’s type', () => {
  const hours = (encodingType: (typeof ENCODING_TYPES)[number], option: (typeof STREAM_OPTIONS)[number]) =>
    longestArchiveHours({ encoding: { encodingType }, streamOptions: [option] });

  assert.deepEqual(
    [
      hours('PassthroughBasic', 'Default'),
      hours('PassthroughStandard', 'LowLatencyV2'),
      hours('Standard', 'LowLatencyV2'),
      hours('Premium1080p', 'Default'),
    ],
    [8, 25, 6, 25],
  );
});

test('an RTMP event has recipes with its own first address, a name each, and key frames as it expects them', () => {
  const recipes = recipesOf(runningEvent('RTMP'));

  assert.deepEqual(
    recipes.map(({ kind }) => kind),
    ['obs', 'ffmpeg', 'ffmpeg-qualities', 'ffmpeg-both', 'vmix', 'hardware'],
  );
  const [obs, single, several] = recipes;
  assert.deepEqual(obs, { kind: 'obs', server: `rtmp://192.168.1.20:1935/live/${PLAIN}`, streamKey: 'talk' });
  assert(single !== undefined && 'command' in single && several !== undefined && 'command' in several);
  assert.match(single.command, / -g 60 .* -f flv "rtmp:\/\/192\.168\.1\.20:1935\/live\/[0-9a-f]{32}\/talk"$/);
  assert.deepEqual(
    [...several.command.matchAll(/\/(talk-\d+p)"/g)].map(([, name]) => name),
    ['talk-720p', 'talk-540p', 'talk-360p'],
  );
});

test('an encoding event is sent one quality only, with the key frames of its own', () => {
  const event = runningEvent('RTMP', 'Standard');
  const recipes = recipesOf({ ...event, encoding: { ...event.encoding, keyFrameInterval: 'PT1S' } });

  assert.deepEqual(
    recipes.map(({ kind }) => kind),
    ['obs', 'ffmpeg', 'ffmpeg-both', 'vmix', 'hardware'],
  );
  assert(recipes[1] !== undefined && 'command' in recipes[1]);
  assert.match(recipes[1].command, / -g 30 /);
});

test('sending to both ways in encodes once, and a device is told each address by its name', () => {
  const recipes = recipesOf(runningEvent('RTMP'));
  const both = recipes.find(({ kind }) => kind === 'ffmpeg-both');
  const device = recipes.find(({ kind }) => kind === 'hardware');
  const address = (port: number): string => `://192.168.1.20:${port}/live/${PLAIN}`;

  assert(both !== undefined && 'command' in both);
  assert(
    both.command.endsWith(
      `-f tee "[f=flv:onfail=ignore]rtmp${address(1935)}/talk|[f=flv:onfail=ignore]rtmp${address(1936)}/talk"`,
    ),
  );
  assert.equal(both.command.match(/-c:v /g)?.length, 1);
  assert(device !== undefined && 'fields' in device);
  assert.deepEqual(device.fields, [
    { name: 'address', text: `rtmp${address(1935)}` },
    { name: 'backup', text: `rtmp${address(1936)}` },
    { name: 'secure', text: `rtmps${address(2935)}` },
    { name: 'streamName', text: 'talk' },
  ]);
});

test('a transport stream can go encrypted and over UDP where the service listens for it, and as its device forms ask', () => {
  const event = runningEvent('TransportStream');
  const urls = [
    `srt://h:1?streamid=${TOKEN}/main`,
    `srt://h:1?streamid=talk/main&passphrase=${TOKEN}`,
    'tcp://h:2',
    'udp://h:3?pkt_size=1316',
  ];
  const recipes = recipesOf({
    ...event,
    input: { ...event.input, endpoints: urls.map((url) => ({ protocol: 'x', url })) },
  });
  const targetOf = (kind: string): unknown => {
    const recipe = recipes.find((candidate) => candidate.kind === kind);
    return recipe !== undefined && 'command' in recipe ? /"([^"]+)"$/.exec(recipe.command)?.[1] : undefined;
  };

  assert.deepEqual(['ffmpeg-srt', 'ffmpeg-srt-encrypted', 'ffmpeg-udp'].map(targetOf), [
    `srt://h:1?streamid=${TOKEN}/talk`,
    urls[1],
    urls[3],
  ]);
  assert.deepEqual(recipes.at(-1), {
    kind: 'hardware-ts',
    fields: [
      { name: 'address', text: 'srt://h:1' },
      { name: 'streamId', text: `${TOKEN}/talk` },
      { name: 'backup', text: 'udp://h:3' },
    ],
  });
});

test('an fMP4 event has a Smooth push, and a transport stream carries token and name in its stream id', () => {
  const [smooth] = recipesOf(runningEvent('FragmentedMP4'));
  const srt = recipesOf(runningEvent('TransportStream'));

  assert(smooth !== undefined && 'command' in smooth);
  assert.match(
    smooth.command,
    / -f ismv "http:\/\/192\.168\.1\.20:8485\/[0-9a-f]{32}\/ingest\.isml\/streams\(talk\)"$/,
  );
  assert.deepEqual(srt[0], {
    kind: 'obs',
    server: `srt://192.168.1.20:8890?streamid=${PLAIN}/talk`,
    streamKey: undefined,
  });
});

test('a Smooth push has one name, whether the address has one already or not', () => {
  const event = runningEvent('FragmentedMP4');
  const addressOf = (url: string): unknown => {
    const [smooth] = recipesOf({ ...event, input: { ...event.input, endpoints: [{ protocol: 'x', url }] } });
    return smooth !== undefined && 'command' in smooth ? /"([^"]+)"$/.exec(smooth.command)?.[1] : undefined;
  };

  assert.deepEqual(
    ['http://h/t/ingest.isml', 'http://h/t/ingest.isml/', 'http://h/t/ingest.isml/Streams(live)'].map(addressOf),
    Array.from({ length: 3 }, () => 'http://h/t/ingest.isml/streams(talk)'),
  );
});

test('a stream id is completed whatever the address says of it already', () => {
  const serverOf = (url: string): unknown => {
    const event = runningEvent('TransportStream');
    const [obs] = recipesOf({ ...event, input: { ...event.input, endpoints: [{ protocol: 'SRT', url }] } });
    return obs !== undefined && 'server' in obs ? obs.server : undefined;
  };

  assert.deepEqual(
    ['srt://h:1', 'srt://h:1?latency=200', `srt://h:1?streamid=${PLAIN}`, `srt://h:1?streamid=${PLAIN}/x&a=1`].map(
      serverOf,
    ),
    [
      `srt://h:1?streamid=${TOKEN}/talk`,
      `srt://h:1?streamid=${TOKEN}/talk&latency=200`,
      `srt://h:1?streamid=${PLAIN}/talk`,
      `srt://h:1?streamid=${PLAIN}/talk&a=1`,
    ],
  );
});

test('an event that the studio feeds, and one without addresses, has no recipes', () => {
  const stopped = aLiveEvent('talk');

  assert.deepEqual([recipesOf(runningEvent('Studio')), recipesOf(stopped)], [[], []]);
});

test('a token is hidden in every form that it can be written in', () => {
  const text = `a/${TOKEN}/b/${PLAIN}/c/${TOKEN.toUpperCase()}`;

  const shown = withoutToken(text, PLAIN);

  assert.equal(shown, 'a/••••••••/b/••••••••/c/••••••••');
  assert.equal(withoutToken(text, TOKEN), shown);
});

test('timed metadata is posted as JSON', () => {
  assert.equal(
    metadataCommand('http://h/t/ingest.isml/eventdata'),
    'curl -X POST -H "Content-Type: application/json" -d "{\\"message\\": \\"hello\\"}" "http://h/t/ingest.isml/eventdata"',
  );
});

test('the preview is played as HLS, which is asked for where the address does not', () => {
  const urlOf = (...urls: string[]) =>
    previewUrlOf({
      preview: { previewLocator: TOKEN, endpoints: urls.map((url) => ({ protocol: 'x', url })) },
    });

  assert.deepEqual(
    [
      urlOf('http://o/p/preview.ism/manifest'),
      urlOf(
        'http://o/p/preview.ism/manifest(format=mpd-time-cmaf)',
        'http://o/p/preview.ism/manifest(format=m3u8-cmaf)',
      ),
      urlOf(),
    ],
    [
      'http://o/p/preview.ism/manifest(format=m3u8-cmaf)',
      'http://o/p/preview.ism/manifest(format=m3u8-cmaf)',
      undefined,
    ],
  );
});
