import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSecrets } from '../../../src-main/core/webhooks/without-secrets.ts';
import type { ServiceEvent } from '../../../src-main/shared/api/events.ts';

const TOKEN = '9eb1f703-3149-4417-8671-68952b25f418';

const cleaned = (data: unknown): unknown => {
  const event: ServiceEvent = {
    id: '1',
    topic: 'lectern',
    subject: 'liveEvent/news',
    eventType: 'Lectern.LiveEventChanged',
    eventTime: '2030-01-01T00:00:00.000Z',
    data,
    dataVersion: '1.0',
    metadataVersion: '1',
  };
  return withoutSecrets(event).data;
};

test('an access token leaves in no form: not by itself and not inside an address', () => {
  const data = {
    name: 'news',
    input: {
      accessToken: TOKEN,
      endpoints: [{ protocol: 'RTMP', url: `rtmp://localhost:1935/live/${TOKEN}` }],
      timedMetadataEndpoints: [{ url: `http://localhost:8485/${TOKEN}/eventdata` }],
    },
  };

  assert.deepEqual(cleaned(data), {
    name: 'news',
    input: {
      endpoints: [{ protocol: 'RTMP', url: 'rtmp://localhost:1935/live/***' }],
      timedMetadataEndpoints: [{ url: 'http://localhost:8485/***/eventdata' }],
    },
  });
});

for (const [address, left] of [
  ['rtsp://me:secret@camera/stream', 'rtsp://camera/stream'],
  ['srt://host:8890?passphrase=secret', 'srt://host:8890'],
  ['https://host/path?token=secret', 'https://host/path'],
  ['rtmp://host/app/mail@example', 'rtmp://host/app/mail@example'],
  ['Who goes there? user@host', 'Who goes there? user@host'],
] as const) {
  test(`of ${address} is told ${left}`, () => {
    assert.deepEqual(cleaned({ sources: [{ url: address }] }), { sources: [{ url: left }] });
  });
}

test('everything else is told as it is', () => {
  const data = { a: [1, null, true, 'x'], b: { c: 'PT2S' }, d: undefined };

  assert.deepEqual(cleaned(data), data);
  assert.equal(cleaned('lost 1'), 'lost 1');
  assert.equal(cleaned(null), null);
});
