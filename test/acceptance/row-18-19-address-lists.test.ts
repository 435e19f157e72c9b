import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { everywhere } from '../../src-main/core/platform/network.ts';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { rawPublisher, refusalOf, sendFrames, statusFrom } from '../support/raw-feeds.ts';
import {
  field,
  followEvents,
  ingestUrl,
  previewBase,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

/** All of 127.0.0.0/8 is this computer: so one test has callers of several addresses. */
const canBindLoopbacks = process.platform === 'linux';

describe('who may send and who may look', {
  skip: canBindLoopbacks ? false : 'needs the addresses of 127.0.0.0/8',
}, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  const allow = (...addresses: readonly string[]) => ({
    ip: { allow: addresses.map((address) => ({ name: address, address })) },
  });

  async function change(name: string, patch: unknown): Promise<LiveEvent> {
    await request(stage.lectern, 'POST', `/liveEvents/${name}/stop`, {});
    const { status, body } = await request(stage.lectern, 'PATCH', `/liveEvents/${name}`, patch);
    assert.equal(status, 200, JSON.stringify(body));
    await request(stage.lectern, 'POST', `/liveEvents/${name}/start`, {});
    return await stage.lectern.call('getLiveEvent', { params: { name } });
  }

  test('18: a preview shows itself to the addresses of its list, and to everybody without one', async () => {
    const event = await startEvent(stage.lectern, 'seen', {
      input: { streamingProtocol: 'RTMP' },
      preview: { accessControl: allow('127.0.0.2') },
    });
    const feed = async (base: string): Promise<Disposable> => {
      const encoder = await rawPublisher(base, 'one');
      await sendFrames(encoder, { frames: 90, audio: true });
      return encoder;
    };
    const manifest = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
    const mpd = manifest.replace('m3u8-cmaf', 'mpd-time-cmaf');
    using _encoder = await feed(ingestUrl(event, 'rtmp'));
    const statuses = async (): Promise<readonly number[]> => [
      await statusFrom('127.0.0.1', manifest),
      await statusFrom('127.0.0.2', manifest),
      await statusFrom('127.0.0.1', mpd),
      await statusFrom('127.0.0.2', mpd),
    ];

    const listed = await statuses();
    const refused = await fetch(manifest);
    const open = await change('seen', { preview: { accessControl: null } });
    using _again = await feed(ingestUrl(open, 'rtmp'));
    await segmentsAt(manifest, 1);

    assert.deepEqual(listed, [403, 200, 403, 200]);
    assert.match(await refused.text(), /origin\/address-denied/);
    assert.deepEqual(await statuses(), [200, 200, 200, 200]);
    const text = (await textOf(manifest)) ?? '';
    const [media = ''] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const listedAgain = await change('seen', { preview: { accessControl: allow('127.0.0.2') } });
    using _third = await feed(ingestUrl(listedAgain, 'rtmp'));
    assert.equal(await statusFrom('127.0.0.1', new URL(media, manifest).href), 403, 'segments too');
  });

  for (const [notation, addresses, inside, outside] of [
    ['a single address', ['127.0.0.2'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.3']],
    ['CIDR', ['127.0.4.0/22'], ['127.0.4.1', '127.0.7.254'], ['127.0.3.255', '127.0.8.1']],
    ['a dotted mask', ['127.0.4.1(255.255.252.0)'], ['127.0.7.254'], ['127.0.8.1']],
    ['nobody', [], [], ['127.0.0.1']],
    ['everybody', ['0.0.0.0/0'], ['127.0.0.1', '127.9.9.9'], []],
    ['all of IPv6 and nobody of IPv4', ['::/0'], [], ['127.0.0.1']],
  ] as const) {
    test(`19: of encoders, ${notation} is let in and no other`, async () => {
      await using events = followEvents(stage.lectern);
      const event = await startEvent(stage.lectern, 'door', {
        input: { streamingProtocol: 'RTMP', accessControl: allow(...addresses) },
      });
      await events.next('Lectern.LiveEventChanged', ({ resourceState }) => resourceState === 'Running');
      const base = ingestUrl(event, 'rtmp');
      const publish = (localAddress: string, stream: string) => rawPublisher(base, stream, { localAddress });

      for (const [index, address] of inside.entries()) {
        using encoder = await publish(address, `in-${index}`);
        await sendFrames(encoder, { frames: 2 });
        const { data } = await events.next(
          'Microsoft.Media.LiveEventEncoderConnected',
          ({ encoderIp }) => encoderIp === address,
        );
        assert.equal(field(data, 'streamId'), `in-${index}`);
      }
      for (const [index, address] of outside.entries()) {
        using encoder = await publish(address, `out-${index}`);
        assert.equal(await refusalOf(encoder), 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
        const { data } = await events.next(
          'Microsoft.Media.LiveEventConnectionRejected',
          ({ encoderIp }) => encoderIp === address,
        );
        assert.equal(field(data, 'resultCode'), 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
      }

      await request(stage.lectern, 'POST', '/liveEvents/door/stop', {});
      await request(stage.lectern, 'DELETE', '/liveEvents/door');
    });
  }

  test('19: fragmented MP4 from outside of the list is refused with the same code', async () => {
    const event = await startEvent(stage.lectern, 'pushed', {
      input: { streamingProtocol: 'FragmentedMP4', accessControl: allow('127.0.0.2') },
    });

    const answer = await fetch(ingestUrl(event, 'http'), { method: 'POST', body: 'media' });

    assert.equal(answer.status, 403);
    assert.equal(field(await answer.json(), 'code'), 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
  });

  test('18, 19: of IPv6 too who is on a list is let in, to send and to look, and nobody else', {
    skip: everywhere() === '::' ? false : 'needs IPv6',
  }, async () => {
    const { lectern } = stage;
    await lectern.call('patchSettings', { body: { network: { shareIngest: true, shareOrigin: true } } });
    const overIpv6 = (url: string): string => url.replace(/\/\/[^/]*?:(\d+)\//, '//[::1]:$1/');
    const events: LiveEvent[] = [];
    for (const [name, address] of [
      ['six', '::1'],
      ['another', 'fd00:1::/64'],
    ] as const) {
      const accessControl = allow(address);
      events.push(
        await startEvent(lectern, name, {
          input: { streamingProtocol: 'RTMP', accessControl },
          preview: { accessControl },
        }),
      );
    }
    const [open, closed] = events;
    assert.ok(open !== undefined && closed !== undefined);
    const previews = [open, closed].map((event) => `${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`);
    await until('both listen on IPv6', async () => {
      try {
        await fetch(overIpv6(previews[1] ?? ''));
        (await rawPublisher(overIpv6(ingestUrl(open, 'rtmp')), 'first'))[Symbol.dispose]();
        return true;
      } catch {
        return undefined;
      }
    });

    using encoder = await rawPublisher(overIpv6(ingestUrl(open, 'rtmp')), 'one');
    await sendFrames(encoder, { frames: 90, audio: true });
    using stranger = await rawPublisher(overIpv6(ingestUrl(closed, 'rtmp')), 'one');
    assert.equal(await refusalOf(stranger), 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
    using ofIpv4 = await rawPublisher(ingestUrl(open, 'rtmp').replace(/\/\/[^/]*?:/, '//127.0.0.1:'), 'one');
    assert.equal(await refusalOf(ofIpv4), 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
    const statusAt = async (url = ''): Promise<number> => (await fetch(url)).status;
    const statuses = [
      await statusAt(overIpv6(previews[0] ?? '')),
      await statusAt(previews[0]),
      await statusAt(overIpv6(previews[1] ?? '')),
    ];

    assert.deepEqual(statuses, [200, 403, 403]);
    await lectern.call('patchSettings', { body: { network: { shareIngest: false, shareOrigin: false } } });
  });

  test('19: an entry that means nothing is refused and names itself', async () => {
    const create = { input: { streamingProtocol: 'RTMP', accessControl: allow('10.0.0.1/33') } };

    const { status, code, body } = await request(stage.lectern, 'PUT', '/liveEvents/wrong', create);

    assert.deepEqual([status, code], [400, 'ingest/address-list-invalid']);
    assert.match(String(field(body, 'detail')), /10\.0\.0\.1\/33/);
  });
});
