import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import type { StoredEndpoint } from '../../../src-main/core/endpoints/endpoint-resource.ts';
import { type Endpoints, openEndpoints } from '../../../src-main/core/endpoints/endpoints.ts';
import { openOrigin } from '../../../src-main/core/origin/origin.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { SecretStore } from '../../../src-main/core/ports/secrets.ts';
import type { ServiceEvent } from '../../../src-main/shared/api/events.ts';
import {
  streamingEndpoint,
  streamingEndpointCreate,
  streamingEndpointPatch,
} from '../../../src-main/shared/api/streaming-endpoints.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { fakeDocument, fakePackager, fakePublication } from '../../support/fake-packager.ts';
import { listen } from '../../support/free-port.ts';
import { http2Viewer } from '../../support/http2-viewer.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { memoryRows, memorySecrets } from '../../support/memory-rows.ts';
import { streamPath, until } from '../../support/open-test-origin.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { testCertificate } from '../../support/test-certificate.ts';

const MANIFEST = streamPath('manifest');

type Rig = {
  readonly rows: ReturnType<typeof memoryRows<StoredEndpoint>>;
  readonly secrets: ReturnType<typeof memorySecrets>;
  readonly clock: ManualClock;
  readonly told: ServiceEvent[];
  readonly quota: { limit: number };
  /** Opens them again on what was kept; the ones before have to be closed. */
  readonly open: (store?: SecretStore) => Promise<Endpoints>;
};

function createRig(context: TestContext): Rig {
  const clock = manualClock();
  const rows = memoryRows<StoredEndpoint>();
  const secrets = memorySecrets();
  const events = createEventLog({ clock });
  const told: ServiceEvent[] = [];
  const quota = { limit: 3 };
  context.after(events.published.on((event) => void told.push(event))[Symbol.dispose]);
  const answers = new Map([
    ['manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 } as const],
  ]);
  return {
    rows,
    secrets,
    clock,
    told,
    quota,
    async open(store = secrets) {
      const endpoints = await openEndpoints({
        rows,
        secrets: store,
        openDoor: (door) =>
          openOrigin({
            ...door,
            host: '127.0.0.1',
            packager: fakePackager(answers),
            findPublication: () => Promise.resolve(fakePublication()),
            watchFolder: undefined,
            clock,
            logger: silentLogger,
            version: '1',
          }),
        port: 0,
        limit: () => quota.limit,
        publicHost: () => '127.0.0.1',
        events,
        clock,
        logger: silentLogger,
      });
      context.after(() => endpoints[Symbol.asyncDispose]());
      return endpoints;
    },
  };
}

const createOf = (value: unknown) => streamingEndpointCreate.parse(value);
const patchOf = (value: unknown) => streamingEndpointPatch.parse(value);
const plain = { autoStart: false };
const status = async (endpoints: Endpoints, name: string, headers: Record<string, string> = {}) =>
  (await fetch(`http://127.0.0.1:${endpoints.get(name).port}${MANIFEST}`, { headers })).status;

test('there is always a default one, Running, that cannot be deleted', async (context) => {
  const endpoints = await createRig(context).open();

  const [first, ...others] = endpoints.list();
  assert.deepEqual(others, []);
  assert.deepEqual(streamingEndpoint.parse(first), {
    name: 'default',
    description: '',
    port: endpoints.port,
    hostName: '127.0.0.1',
    urls: [`http://127.0.0.1:${endpoints.port}`],
    customHostNames: [],
    resourceState: 'Running',
    viewers: 0,
    egressBitrate: 0,
  });
  await endpoints.stop('default');
  await assert.rejects(endpoints.delete('default'), { code: 'resource/immutable' });
  await assert.rejects(endpoints.create('default', createOf({}), plain), { code: 'resource/exists' });
});

test('another one is made stopped, has a port of its own, serves when it is started, and ends', async (context) => {
  const { open, told } = createRig(context);
  const endpoints = await open();

  const made = await endpoints.create('cdn', createOf({ description: 'for the network' }), plain);

  assert.deepEqual([made.resourceState, made.description], ['Stopped', 'for the network']);
  assert.notEqual(made.port, endpoints.port);
  assert.equal(await status(endpoints, 'cdn'), 503);
  assert.equal((await endpoints.start('cdn')).resourceState, 'Running');
  assert.deepEqual([await status(endpoints, 'cdn'), await status(endpoints, 'default')], [200, 200]);
  await assert.rejects(endpoints.start('cdn'), { code: 'resource/wrong-state' });
  await assert.rejects(endpoints.delete('cdn'), { code: 'resource/wrong-state' });
  await endpoints.stop('cdn');
  assert.equal(await status(endpoints, 'cdn'), 503);
  await endpoints.delete('cdn');
  await assert.rejects(fetch(`http://127.0.0.1:${made.port}${MANIFEST}`));
  await assert.rejects(() => endpoints.start('cdn'), { code: 'resource/not-found' });
  assert.deepEqual(
    told.map(({ eventType, subject }) => [eventType, subject]),
    [
      ['Lectern.EndpointChanged', 'streamingEndpoint/cdn'],
      ['Lectern.EndpointChanged', 'streamingEndpoint/cdn'],
      ['Lectern.EndpointChanged', 'streamingEndpoint/cdn'],
      ['Lectern.EndpointDeleted', 'streamingEndpoint/cdn'],
    ],
  );
});

test('all of it is there again after a restart: ports, states, rules, certificates and keys', async (context) => {
  const { open } = createRig(context);
  const certificate = await testCertificate(['live.example']);
  const before = await open();
  await before.create(
    'cdn',
    createOf({
      customHostNames: ['Live.Example'],
      maxCacheAge: 600,
      accessControl: {
        akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'k', base64Key: 'c2g=' }] },
      },
      tls: { certificate: certificate.cert, privateKey: certificate.key },
    }),
    { autoStart: true },
  );
  await before.create('second', createOf({}), plain);
  await before.update('default', patchOf({ maxCacheAge: 60 }));
  await before.stop('default');
  const wanted = before.list();
  await before[Symbol.asyncDispose]();

  const after = await open();

  const [first, ...others] = after.list();
  assert.deepEqual(others, wanted.slice(1));
  assert.deepEqual(
    [first?.maxCacheAge, first?.resourceState],
    [60, 'Running'],
    'default begins Running each time',
  );
  assert.deepEqual(after.get('cdn').tls?.certificate.names.concat(after.get('cdn').resourceState), [
    'live.example',
    'Running',
  ]);
  const viewer = http2Viewer(context, after.get('cdn').tls?.port ?? 0, {
    ca: certificate.cert,
    servername: 'live.example',
  });
  assert.equal((await viewer.ask('/time')).headers['x-ms-error-code'], 'origin/signature-missing');
});

test('a port that is taken at the start stops that endpoint only, and starting it tries again', async (context) => {
  const { open, told } = createRig(context);
  const before = await open();
  const { port } = await before.create('cdn', createOf({}), { autoStart: true });
  await before[Symbol.asyncDispose]();
  const squatter = createServer();
  squatter.listen(port, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));

  const after = await open();

  assert.deepEqual([after.get('cdn').resourceState, after.get('cdn').port], ['Stopped', port]);
  assert.deepEqual(after.get('cdn').urls, []);
  const problem = told.find(({ eventType }) => eventType === 'Lectern.Problem');
  assert.match(JSON.stringify(problem), /service\/port-taken.*"field":"port"/);
  await assert.rejects(after.start('cdn'), { code: 'service/port-taken' });
  await assert.rejects(after.update('cdn', patchOf({ maxCacheAge: 1 })), { code: 'resource/wrong-state' });
  await new Promise((resolve) => squatter.close(resolve));
  assert.equal((await after.start('cdn')).resourceState, 'Running');
  assert.equal(await status(after, 'cdn'), 200);
});

test('what cannot be made is refused and leaves nothing behind', async (context) => {
  const { open, rows, secrets, quota } = createRig(context);
  const endpoints = await open();
  const taken = createServer();
  const port = await listen(taken);
  context.after(() => taken.close());
  const { cert } = await testCertificate();
  const other = await testCertificate();
  const key = { akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'k', base64Key: 'c2g=' }] } };
  await endpoints.update('default', patchOf({ customHostNames: ['live.example'] }));
  const refusals: readonly (readonly [request: object, code: string, field: string | undefined])[] = [
    [{ port }, 'service/port-taken', 'port'],
    [
      { accessControl: { ip: { allow: [{ address: '10.0.0.1/33' }] } } },
      'ingest/address-list-invalid',
      'accessControl.ip',
    ],
    [
      { tls: { certificate: cert, privateKey: other.key }, accessControl: key },
      'origin/certificate',
      'tls.privateKey',
    ],
    [{ tls: { port: 1 } }, 'request/invalid', 'tls.certificate'],
    [{ tls: { ...pemOf(other), port }, accessControl: key }, 'service/port-taken', 'tls.port'],
    [
      { crossSiteAccessPolicies: { crossDomainPolicy: '<a>' } },
      'request/invalid',
      'crossSiteAccessPolicies.crossDomainPolicy',
    ],
    [{ customHostNames: ['LIVE.example'] }, 'resource/exists', 'customHostNames'],
    [
      { accessControl: { akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'k' }] } } },
      'request/invalid',
      'accessControl.akamai.akamaiSignatureHeaderAuthenticationKeyList.0.base64Key',
    ],
  ];
  for (const [request, code, field] of refusals) {
    await assert.rejects(endpoints.create('cdn', createOf(request), plain), (error) => {
      assert.ok(error instanceof AppError, String(error));
      assert.deepEqual([error.code, error.details['field']], [code, field]);
      return true;
    });
  }

  assert.deepEqual([endpoints.list().length, rows.list().length, secrets.values.size], [1, 1, 0]);
  quota.limit = 1;
  await assert.rejects(endpoints.create('cdn', createOf({}), plain), { code: 'resource/quota' });
});

test('a change takes all or nothing', async (context) => {
  const { open, secrets, rows } = createRig(context);
  const certificate = await testCertificate();
  const endpoints = await open();
  await endpoints.create('cdn', createOf({ tls: pemOf(certificate), maxCacheAge: 5 }), { autoStart: true });
  const before = endpoints.get('cdn');
  const kept = new Map(secrets.values);
  const other = await testCertificate();

  await assert.rejects(
    endpoints.update(
      'cdn',
      patchOf({
        maxCacheAge: 6,
        customHostNames: ['x.example'],
        tls: { certificate: other.cert, privateKey: certificate.key },
      }),
    ),
    { code: 'origin/certificate' },
  );

  assert.deepEqual(endpoints.get('cdn'), before);
  assert.deepEqual(secrets.values, kept);
  const isFull = (): never => {
    throw new AppError('archive/disk-full', 'The disk is full.');
  };
  Object.assign(rows, { put: isFull });
  const key = { identifier: 'k', base64Key: 'c2g=' };
  const accessControl = { akamai: { akamaiSignatureHeaderAuthenticationKeyList: [key] } };
  await assert.rejects(endpoints.update('cdn', patchOf({ tls: pemOf(other), accessControl })), {
    code: 'archive/disk-full',
  });

  assert.deepEqual(endpoints.get('cdn'), before);
  assert.deepEqual(secrets.values, kept);
  const viewer = http2Viewer(context, before.tls?.port ?? 0, { ca: certificate.cert });
  assert.equal((await viewer.ask('/time')).status, 200);
});

test('when the key store takes nothing, the certificate before is shown again', async (context) => {
  const { open, secrets } = createRig(context);
  const [certificate, other] = [await testCertificate(), await testCertificate()];
  let isBroken = false;
  const endpoints = await open({
    ...secrets,
    set: (name, value) =>
      isBroken ? Promise.reject(new AppError('secrets/unavailable', 'Locked.')) : secrets.set(name, value),
  });
  await endpoints.create('cdn', createOf({ tls: pemOf(certificate) }), plain);
  const { port } = endpoints.get('cdn').tls ?? { port: 0 };
  isBroken = true;

  await assert.rejects(endpoints.update('cdn', patchOf({ tls: pemOf(other) })), { code: 'secrets/unavailable' });

  assert.equal((await http2Viewer(context, port, { ca: certificate.cert }).ask('/time')).status, 200);
});

test('keys of a content delivery network go in and never out, and are kept when they are not given again', async (context) => {
  const { open, told, clock, rows } = createRig(context);
  const endpoints = await open();
  const secret = Buffer.from('very secret indeed');
  const keys = (...list: readonly object[]) =>
    patchOf({ accessControl: { akamai: { akamaiSignatureHeaderAuthenticationKeyList: list } } });
  const signed = (identifier: string, key: Uint8Array) => {
    const data = `5, 192.0.2.1, 192.0.2.2, ${clock.wallMs() / 1000}, 1, ${identifier}`;
    return {
      'X-Akamai-G2O-Auth-Data': data,
      'X-Akamai-G2O-Auth-Sign': createHmac('sha256', key).update(data).update(MANIFEST).digest('base64'),
    };
  };

  const changed = await endpoints.update(
    'default',
    keys({ identifier: 'one', base64Key: secret.toString('base64') }),
  );
  await endpoints.update('default', keys({ identifier: 'one', expiration: '2031-01-01T00:00:00Z' }));

  assert.deepEqual(changed.accessControl?.akamai?.akamaiSignatureHeaderAuthenticationKeyList, [
    { identifier: 'one' },
  ]);
  assert.doesNotMatch(JSON.stringify([changed, told, rows.list()]), new RegExp(secret.toString('base64')));
  assert.deepEqual(
    [
      await status(endpoints, 'default'),
      await status(endpoints, 'default', signed('one', secret)),
      await status(endpoints, 'default', signed('one', Buffer.from('wrong'))),
    ],
    [403, 200, 403],
  );
  await assert.rejects(endpoints.update('default', keys({ identifier: 'one' }, { identifier: 'two' })), {
    code: 'request/invalid',
  });
  await endpoints.update('default', patchOf({ accessControl: null }));
  assert.equal(await status(endpoints, 'default'), 200);
});

test('when the keys are gone nobody is let in, and it is said', async (context) => {
  const { open, secrets, told } = createRig(context);
  const before = await open();
  await before.update(
    'default',
    patchOf({
      accessControl: {
        akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'k', base64Key: 'c2g=' }] },
      },
    }),
  );
  await before[Symbol.asyncDispose]();
  await secrets.delete('streamingEndpoint/default/signature-keys');

  const after = await open();

  assert.equal(await status(after, 'default'), 403);
  assert.match(JSON.stringify(told.at(-1)), /Lectern\.Problem.*secrets\/unavailable/);
});

test('what cannot be had for a while is neither lost nor overwritten, and taken up again', async (context) => {
  const { open, secrets, clock, told } = createRig(context);
  const certificate = await testCertificate();
  const before = await open();
  await before.update(
    'default',
    patchOf({
      tls: { ...pemOf(certificate), port: 0 },
      accessControl: {
        akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'k', base64Key: 'c2g=' }] },
      },
    }),
  );
  const kept = new Map(secrets.values);
  const { port } = before.get('default').tls ?? { port: 0 };
  await before[Symbol.asyncDispose]();
  const squatter = createServer();
  squatter.listen(port, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  let isLocked = true;
  const after = await open({
    ...secrets,
    get: (name) =>
      isLocked && name.endsWith('signature-keys')
        ? Promise.reject(new AppError('secrets/unavailable', 'Locked.'))
        : secrets.get(name),
  });

  await after.update('default', patchOf({ description: 'changed meanwhile' }));
  assert.match(JSON.stringify(told), /secrets\/unavailable.*service\/port-taken/);
  assert.equal(after.get('default').tls, undefined);
  assert.deepEqual(secrets.values, kept);
  await new Promise((resolve) => squatter.close(resolve));
  isLocked = false;
  await clock.advanceAsync(60_000);
  await until(() => after.get('default').tls !== undefined, 'it is there again');

  assert.equal(after.get('default').tls?.port, port);
  const viewer = http2Viewer(context, port, { ca: certificate.cert });
  const data = `5, 192.0.2.1, 192.0.2.2, ${clock.wallMs() / 1000}, 1, k`;
  const sign = createHmac('sha256', 'sh').update(data).update('/time').digest('base64');
  const headers = { 'x-akamai-g2o-auth-data': data, 'x-akamai-g2o-auth-sign': sign };
  assert.deepEqual(
    [(await viewer.ask('/time')).status, (await viewer.ask('/time', { headers })).status],
    [403, 200],
  );
});

test('an address list holds; an empty one is everybody', async (context) => {
  const endpoints = await createRig(context).open();
  const allow = (...addresses: readonly string[]) =>
    patchOf({ accessControl: { ip: { allow: addresses.map((address) => ({ name: 'x', address })) } } });

  await endpoints.update('default', allow('10.0.0.0/8', '127.0.0.2'));
  assert.equal(await status(endpoints, 'default'), 403);
  await endpoints.update('default', allow('127.0.0.0(255.255.255.0)'));
  assert.equal(await status(endpoints, 'default'), 200);
  await endpoints.update('default', allow());
  assert.equal(await status(endpoints, 'default'), 200);
});

test('names of one’s own are in its addresses, and another endpoint does not answer to them', async (context) => {
  const endpoints = await createRig(context).open();
  await endpoints.create('cdn', createOf({ customHostNames: ['Cdn.Example', 'cdn2.example'] }), {
    autoStart: true,
  });
  const { port, urls, hostName } = endpoints.get('cdn');

  assert.equal(hostName, 'cdn.example');
  assert.deepEqual(urls, [`http://cdn.example:${port}`, `http://cdn2.example:${port}`]);
  assert.equal(endpoints.linkUrl(), `http://127.0.0.1:${endpoints.port}`);
  const viewer = await import('node:http');
  const ask = (at: number, host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      viewer
        .get({ host: '127.0.0.1', port: at, path: MANIFEST, headers: { host }, agent: false }, (reply) => {
          reply.resume();
          resolve(reply.statusCode);
        })
        .on('error', reject);
    });
  assert.deepEqual(
    [
      await ask(port, 'cdn.example'),
      await ask(endpoints.port, 'cdn.example:99'),
      await ask(endpoints.port, 'x.example'),
    ],
    [200, 421, 200],
  );
  await endpoints.update('default', patchOf({ customHostNames: ['www.example'] }));
  assert.equal(endpoints.linkUrl(), `http://www.example:${endpoints.port}`);
  assert.equal(await ask(port, 'www.example'), 421);
});

test('links are with TLS when the certificate is good for the name in them, and as long as it is', async (context) => {
  const { open, clock, told } = createRig(context);
  const endpoints = await open();
  const toMs = clock.wallMs() + 3_600_000;
  const fromMs = clock.wallMs() - 1000;
  const authority = await testCertificate(['Some authority']);
  const certificate = await testCertificate(['www.example'], { fromMs, toMs, authority });
  const own = await testCertificate(['www.example'], { fromMs, toMs });
  await endpoints.update('default', patchOf({ tls: { ...pemOf(certificate), port: 0 } }));
  const port = endpoints.get('default').tls?.port ?? 0;
  assert.equal(endpoints.linkUrl(), `http://127.0.0.1:${endpoints.port}`);
  assert.equal(endpoints.get('default').urls.length, 2);

  await endpoints.update('default', patchOf({ customHostNames: ['www.example'] }));
  assert.equal(endpoints.linkUrl(), `https://www.example:${port}`);
  await endpoints.update('default', patchOf({ tls: pemOf(own) }));
  assert.equal(endpoints.linkUrl(), `http://www.example:${endpoints.port}`, 'nobody vouches for it');
  await endpoints.update('default', patchOf({ tls: pemOf(certificate) }));
  assert.equal(endpoints.get('default').tls?.port, port);

  await clock.advanceAsync(3_600_000 + 60_000);
  assert.equal(endpoints.linkUrl(), `http://www.example:${endpoints.port}`);
  const said = told.filter(({ eventType }) => eventType === 'Lectern.Problem');
  assert.match(JSON.stringify(said), /origin\/certificate-expired/);
  await clock.advanceAsync(600_000);
  assert.equal(told.filter(({ eventType }) => eventType === 'Lectern.Problem').length, 1, 'it is said once');
  await endpoints.update('default', patchOf({ tls: null }));
  assert.equal(endpoints.get('default').tls, undefined);
});

test('a certificate that has expired is taken, with a warning', async (context) => {
  const { open, clock, told } = createRig(context);
  const endpoints = await open();
  const certificate = await testCertificate(['x.example'], { fromMs: 1000, toMs: clock.wallMs() - 1000 });

  await endpoints.create('cdn', createOf({ tls: pemOf(certificate) }), plain);

  assert.match(JSON.stringify(told[0]), /Lectern\.Problem.*origin\/certificate-expired/);
});

test('a certificate of files is read again when another program has renewed it', async (context) => {
  const { open, clock } = createRig(context);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-endpoints-'));
  const files = { certificateFile: join(folder.path, 'cert.pem'), privateKeyFile: join(folder.path, 'key.pem') };
  const [first, second] = [await testCertificate(), await testCertificate()];
  await writeFile(files.certificateFile, first.cert);
  await writeFile(files.privateKeyFile, first.key);
  const endpoints = await open();
  await endpoints.create('cdn', createOf({ tls: files }), plain);
  const { tls } = endpoints.get('cdn');
  assert.deepEqual([tls?.certificateFile, tls?.privateKeyFile], [files.certificateFile, files.privateKeyFile]);

  await writeFile(files.certificateFile, second.cert);
  await clock.advanceAsync(60_000);
  assert.equal((await http2Viewer(context, tls?.port ?? 0, { ca: first.cert }).ask('/time')).status, 200);
  await until(() => clock.pending() === 1, 'it has looked at the half');
  await writeFile(files.privateKeyFile, second.key);
  await clock.advanceAsync(60_000);
  await until(() => clock.pending() === 1, 'it has looked');

  assert.equal((await http2Viewer(context, tls?.port ?? 0, { ca: second.cert }).ask('/time')).status, 200);
});

test('what means nothing is not even understood', () => {
  const wrong: readonly object[] = [
    { customHostNames: ['localhost'] },
    { customHostNames: ['127.0.0.1'] },
    { customHostNames: ['[::1]'] },
    { customHostNames: ['a.localhost'] },
    { customHostNames: ['under_score.example'] },
    { customHostNames: ['-x.example'] },
    { customHostNames: ['x.example', 'X.example'] },
    { customHostNames: [`${'x'.repeat(64)}.example`] },
    { maxCacheAge: -1 },
    { maxCacheAge: 1.5 },
    { port: 65_536 },
    { tls: { certificate: 'x' } },
    { tls: { privateKeyFile: 'x' } },
    { tls: { certificate: 'x', privateKey: 'y', certificateFile: 'z' } },
    { accessControl: { akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'a,b' }] } } },
    {
      accessControl: {
        akamai: { akamaiSignatureHeaderAuthenticationKeyList: [{ identifier: 'a' }, { identifier: 'a' }] },
      },
    },
    { crossSiteAccessPolicies: { crossDomainPolicy: 'x'.repeat(65_537) } },
    { cdnEnabled: true },
    { scaleUnits: 1 },
  ];
  for (const request of wrong) {
    assert.equal(streamingEndpointCreate.safeParse(request).success, false, JSON.stringify(request).slice(0, 80));
  }
  assert.equal(streamingEndpointPatch.safeParse({ port: 1 }).success, false);
});

function pemOf({ cert, key }: { readonly cert: string; readonly key: string }) {
  return { certificate: cert, privateKey: key };
}
