import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RawBroadcast, rawBroadcast } from '../support/raw-broadcast.ts';
import { statusFrom } from '../support/raw-feeds.ts';
import { field, request } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const FLASH = `<?xml version="1.0"?>
<!DOCTYPE cross-domain-policy SYSTEM "http://www.adobe.com/xml/dtds/cross-domain-policy.dtd">
<cross-domain-policy><allow-access-from domain="*" secure="false"/></cross-domain-policy>`;
const SILVERLIGHT = `<access-policy><cross-domain-access><policy><allow-from><domain uri="*"/></allow-from>
<grant-to><resource path="/" include-subpaths="true"/></grant-to></policy></cross-domain-access></access-policy>`;

/** All of 127.0.0.0/8 is this computer: so one test has callers of several addresses. */
const canBindLoopbacks = process.platform === 'linux';

describe('who is let in at a streaming endpoint, and pages of other sites', () => {
  let stage: Stage;
  let live: RawBroadcast;

  before(async () => {
    stage = await openStage();
    live = await rawBroadcast(stage.lectern);
  });
  after(() => stage[Symbol.asyncDispose]());

  const endpoint = async (method: 'PUT' | 'PATCH', name: string, body: unknown): Promise<unknown> => {
    const { status, body: answer } = await request(
      stage.lectern,
      method,
      `/streamingEndpoints/${name}${method === 'PUT' ? '?autoStart=true' : ''}`,
      body,
    );
    assert.ok(status === 200 || status === 201, JSON.stringify(answer));
    return answer;
  };
  const at = (port: unknown, path: string): string => `http://127.0.0.1:${String(port)}${path}`;

  test('78: the list of an endpoint is its own: single addresses, networks, masks, IPv6; none is everybody', {
    skip: canBindLoopbacks ? false : 'needs the addresses of 127.0.0.0/8',
  }, async () => {
    const port = field(await endpoint('PUT', 'edge', {}), 'port');
    const path = new URL(live.tape.hls).pathname;
    const [video = ''] = live.playlists;
    const seen = async (): Promise<readonly number[]> => [
      await statusFrom('127.0.0.1', at(port, path)),
      await statusFrom('127.0.4.9', at(port, path)),
      await statusFrom('127.0.4.9', at(port, new URL(video).pathname)),
    ];
    const allow = async (...addresses: readonly string[]): Promise<unknown> =>
      await endpoint('PATCH', 'edge', {
        accessControl: { ip: { allow: addresses.map((address) => ({ name: address, address })) } },
      });

    assert.deepEqual(await seen(), [200, 200, 200]);
    for (const list of ['127.0.4.9', '127.0.4.0/22', '127.0.4.1(255.255.252.0)', '::ffff:127.0.4.9']) {
      await allow(list, 'fd00::/8');
      assert.deepEqual(await seen(), [403, 200, 200], list);
    }
    const refused = await fetch(at(port, path));
    assert.equal(refused.headers.get('x-ms-error-code'), 'origin/address-denied');
    assert.equal(field(await refused.json(), 'code'), 'origin/address-denied');
    assert.equal(await statusFrom('127.0.0.1', live.tape.hls), 200, 'the other endpoint has no list');
    await allow();
    assert.deepEqual(await seen(), [200, 200, 200]);
  });

  test('78: a page of another site reads manifests and segments', async () => {
    for (const url of [live.tape.hls, live.tape.dash, ...live.playlists]) {
      const answer = await fetch(url, { headers: { Origin: 'https://player.example' } });
      assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [200, '*'], url);
    }
  });

  test('78: both files are served as they were given, and only by the endpoint they were given to', async () => {
    const { originUrl } = stage.lectern;
    const file = async (url: string): Promise<readonly unknown[]> => {
      const answer = await fetch(url);
      return [answer.status, answer.headers.get('content-type'), await answer.text()];
    };
    assert.equal((await fetch(`${originUrl}/crossdomain.xml`)).status, 404);

    await endpoint('PATCH', 'default', {
      crossSiteAccessPolicies: { crossDomainPolicy: FLASH, clientAccessPolicy: SILVERLIGHT },
    });

    assert.deepEqual(await file(`${originUrl}/crossdomain.xml`), [200, 'text/xml; charset=utf-8', FLASH]);
    assert.deepEqual(await file(`${originUrl}/clientaccesspolicy.xml`), [
      200,
      'text/xml; charset=utf-8',
      SILVERLIGHT,
    ]);
    const edge = await stage.lectern.call('getEndpoint', { params: { name: 'edge' } });
    assert.equal((await fetch(at(edge.port, '/crossdomain.xml'))).status, 404);
    const wrong = await request(stage.lectern, 'PATCH', '/streamingEndpoints/default', {
      crossSiteAccessPolicies: { crossDomainPolicy: '<cross-domain-policy>' },
    });
    assert.deepEqual([wrong.status, wrong.code], [400, 'request/invalid']);
    assert.match(String(field(wrong.body, 'detail')), /crossSiteAccessPolicies\.crossDomainPolicy/);
    assert.equal((await file(`${originUrl}/crossdomain.xml`))[2], FLASH);
  });

  test('78: those of a live event lie beside its preview', async () => {
    const path = '/liveEvents/cross';
    const made = await request(stage.lectern, 'PUT', path, {
      input: { streamingProtocol: 'RTMP' },
      crossSiteAccessPolicies: { crossDomainPolicy: FLASH },
    });
    assert.equal(made.status, 201);
    await request(stage.lectern, 'POST', `${path}/start`, {});
    const preview = `${stage.lectern.originUrl}/${String(field(made.body, 'preview', 'previewLocator'))}`;

    assert.equal(await (await fetch(`${preview}/crossdomain.xml`)).text(), FLASH);
    assert.equal((await fetch(`${preview}/clientaccesspolicy.xml`)).status, 404);
    const wrong = await request(stage.lectern, 'PUT', '/liveEvents/wrong', {
      input: { streamingProtocol: 'RTMP' },
      crossSiteAccessPolicies: { clientAccessPolicy: 'everybody' },
    });
    assert.deepEqual([wrong.status, wrong.code], [400, 'request/invalid']);
  });
});
