import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { EndpointRules } from '../../../src-main/core/ports/endpoint-rules.ts';
import { fakeDocument, fakePublication, LOCATOR } from '../../support/fake-packager.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { ask, openTestOrigin, streamPath } from '../../support/open-test-origin.ts';

const OPEN: EndpointRules = {
  admits: () => true,
  signatureKeys: [],
  isOfAnother: () => false,
  crossSiteAccessPolicies: {},
  maxCacheAge: undefined,
};

test('how long anything may be kept: live manifests two seconds always, the rest three days or as the endpoint says', async (context) => {
  const endpoint: { maxCacheAge: number | undefined } = { maxCacheAge: undefined };
  const { origin, answers } = await openTestOrigin(context, {
    clock: manualClock(),
    rules: () => ({ ...OPEN, ...endpoint }),
  });
  answers.set('manifest-live', { kind: 'manifest', document: fakeDocument('#EXTM3U\n'), lifetime: 2 });
  answers.set('manifest-vod', { kind: 'manifest', document: fakeDocument('#EXTM3U\n'), lifetime: 259_200 });
  answers.set('late', { ...segment(), lifetime: 60 });
  answers.set('s', segment());
  const kept = async (): Promise<unknown> =>
    Object.fromEntries(
      await Promise.all(
        ['manifest-live', 'manifest-vod', 's', 'late'].map(async (name) => {
          const { headers } = await ask(origin, streamPath(name));
          const head = await ask(origin, streamPath(name), { method: 'HEAD' });
          const same = await ask(origin, streamPath(name), { headers: { 'if-none-match': headers.etag ?? '' } });
          for (const other of [head, same]) {
            assert.deepEqual(
              [other.headers['cache-control'], other.headers.expires],
              [headers['cache-control'], headers.expires],
            );
          }
          assert.equal(same.status, 304);
          return [name, [headers['cache-control'], headers.expires]] as const;
        }),
      ),
    );

  const live = ['public, max-age=2', 'Tue, 01 Jan 2030 00:00:02 GMT'];
  const late = ['public, max-age=60', 'Tue, 01 Jan 2030 00:01:00 GMT'];
  assert.deepEqual(await kept(), {
    'manifest-live': live,
    'manifest-vod': ['public, max-age=259200', 'Fri, 04 Jan 2030 00:00:00 GMT'],
    s: ['public, max-age=259200, immutable', 'Fri, 04 Jan 2030 00:00:00 GMT'],
    late,
  });
  endpoint.maxCacheAge = 600;
  assert.deepEqual(await kept(), {
    'manifest-live': live,
    'manifest-vod': ['public, max-age=600', 'Tue, 01 Jan 2030 00:10:00 GMT'],
    s: ['public, max-age=600, immutable', 'Tue, 01 Jan 2030 00:10:00 GMT'],
    late,
  });
});

test('who is not on the list gets nothing but keys', async (context) => {
  const { origin, answers } = await openTestOrigin(context, {
    rules: () => ({ ...OPEN, admits: (address) => address !== '127.0.0.1' }),
  });
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 });

  for (const path of [streamPath('manifest'), '/time', `/watch/${LOCATOR}`, '/crossdomain.xml', '/nothing']) {
    const reply = await ask(origin, path);
    assert.deepEqual(
      [reply.status, reply.headers['x-ms-error-code'], reply.headers['cache-control']],
      [403, 'origin/address-denied', 'no-store'],
      path,
    );
  }
  assert.equal((await ask(origin, streamPath('manifest'), { method: 'OPTIONS' })).status, 403);
  assert.equal((await ask(origin, `/keydelivery/?KID=${LOCATOR}`)).status, 404);
});

test('with keys only what is signed is answered, with its query as it was sent', async (context) => {
  const clock = manualClock();
  const key = Buffer.from('shared');
  const { origin, answers } = await openTestOrigin(context, {
    clock,
    rules: () => ({ ...OPEN, signatureKeys: [{ identifier: 'edge', key, expiresMs: undefined }] }),
  });
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 });
  const sign = (target: string) => {
    const data = `5, 192.0.2.1, 192.0.2.2, ${clock.wallMs() / 1000}, 1.2, edge`;
    const digest = createHmac('sha256', key).update(data).update(target).digest('base64');
    return { 'X-Akamai-G2O-Auth-Data': data, 'X-Akamai-G2O-Auth-Sign': digest };
  };
  const path = streamPath('manifest?_HLS_msn=7&x=%20');

  const signed = await ask(origin, path, { headers: sign(path) });
  const absolute = await ask(origin, `http://cdn.example${path}`, { headers: sign(path) });
  const other = await ask(origin, `${path}1`, { headers: sign(path) });
  const bare = await ask(origin, path);
  const preflight = await ask(origin, path, { method: 'OPTIONS' });
  clock.advance(31_000);
  const late = await ask(origin, path, {
    headers: { ...sign(path), 'X-Akamai-G2O-Auth-Data': `5, 192.0.2.1, 192.0.2.2, 1, 1.2, edge` },
  });

  assert.deepEqual([signed.status, absolute.status, preflight.status], [200, 200, 204]);
  assert.deepEqual(
    [other, bare, late].map(({ status, headers }) => [
      status,
      headers['x-ms-error-code'],
      headers['cache-control'],
    ]),
    [
      [403, 'origin/signature-invalid', 'no-store'],
      [403, 'origin/signature-missing', 'no-store'],
      [403, 'origin/signature-invalid', 'no-store'],
    ],
  );
});

test('a host name of another endpoint is misdirected; its own, addresses and names that nobody knows are answered', async (context) => {
  const { origin } = await openTestOrigin(context, {
    rules: () => ({ ...OPEN, isOfAnother: (name) => name === 'other.example' }),
  });
  const status = async (host: string, path = '/time'): Promise<number> =>
    (await ask(origin, path, { headers: { host } })).status;

  assert.equal(await status('other.example'), 421);
  assert.equal(await status('OTHER.example.:8480'), 421);
  assert.equal(await status('127.0.0.1', 'http://other.example:80/time'), 421);
  assert.equal(await status('other.example', '/keydelivery/?KID=1'), 421);
  for (const host of ['mine.example', '127.0.0.1:8480', '[::1]:8480', 'localhost', 'my.other.example']) {
    assert.equal(await status(host), 200, host);
  }
  assert.equal(await status('other.example', 'http://mine.example/time'), 200);
  const reply = await ask(origin, '/time', { headers: { host: 'other.example' } });
  assert.equal(reply.headers['x-ms-error-code'], 'origin/misdirected');
});

test('the two files for pages of other sites are there when the endpoint has them', async (context) => {
  let crossSiteAccessPolicies: EndpointRules['crossSiteAccessPolicies'] = {};
  const publication = fakePublication({ policyFiles: new Map([['crossdomain.xml', '<of-the-preview/>']]) });
  const { origin } = await openTestOrigin(context, {
    publication,
    rules: () => ({ ...OPEN, crossSiteAccessPolicies }),
  });
  assert.deepEqual(
    [(await ask(origin, '/crossdomain.xml')).status, (await ask(origin, '/clientaccesspolicy.xml')).status],
    [404, 404],
  );

  crossSiteAccessPolicies = { crossDomainPolicy: '<flash ü="1"/>', clientAccessPolicy: '<silverlight/>' };

  const flash = await ask(origin, '/crossdomain.xml');
  assert.deepEqual(
    [flash.status, flash.headers['content-type'], flash.headers['cache-control'], flash.body.toString()],
    [200, 'text/xml; charset=utf-8', 'public, max-age=60', '<flash ü="1"/>'],
  );
  const again = await ask(origin, '/crossdomain.xml', { headers: { 'if-none-match': flash.headers.etag ?? '' } });
  assert.equal(again.status, 304);
  assert.equal((await ask(origin, '/ClientAccessPolicy.xml')).body.toString(), '<silverlight/>');
  assert.equal((await ask(origin, `/${LOCATOR}/crossdomain.xml`)).body.toString(), '<of-the-preview/>');
  assert.equal((await ask(origin, `/${LOCATOR}/clientaccesspolicy.xml`)).status, 404);
  origin.stop();
  assert.equal((await ask(origin, '/crossdomain.xml')).status, 503);
});

function segment() {
  const bytes = Buffer.from('0123456789');
  return {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: 0,
    size: bytes.length,
    chunks: [bytes],
    lifetime: 'immutable',
  } as const;
}
