import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { systemClock } from '../../../src-main/base/clock.ts';
import { type Origin, openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { KeyRequest } from '../../../src-main/core/ports/keys.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Answer, Packager, StreamingResource } from '../../../src-main/core/ports/packaging.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type Follower, gatherCrowd } from '../../support/crowd.ts';
import {
  fakeDocument,
  fakeGrowing,
  fakeNotYet,
  fakePublication as fakeTalk,
  LOCATOR,
} from '../../support/fake-packager.ts';
import { FAKE, fakePresentation, fakePublication } from '../../support/fake-presentation.ts';
import { ask, openTestOrigin, streamPath, type TestOrigin, until } from '../../support/open-test-origin.ts';
import { playlistPath } from '../../support/packaged-stream.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { type Shield, startShield } from '../../support/shield.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const STREAM = '/0f0e0d0c-0000-4000-8000-000000000001/stream.ism';
const HLS = `${STREAM}/${playlistPath(FAKE.BEST)}`;
const DASH = `${STREAM}/manifest(format=mpd-time-cmaf)`;
const CHUNKS = 5;
/** Twice as slow as the media say: what is looked at is the shield, and not how fast this computer makes requests. */
const CHUNK_MS = 400;
const MIB = 1024 * 1024;

type Asked = { readonly resource: StreamingResource; readonly query: string; times: number };

type Broadcast = AsyncDisposable & {
  /** What the origin was asked for, and how often. */
  readonly asked: () => readonly Asked[];
  readonly port: number;
  readonly requests: () => number;
  readonly kill: () => Promise<void>;
  /** On the same port. */
  readonly revive: () => Promise<void>;
};

/** A broadcast that goes on whatever happens to its origin. */
async function openBroadcast(): Promise<Broadcast> {
  const clock = systemClock();
  const fake = fakePresentation({
    // As long as they are told to be at most; so requests are held for 6 s before they are refused.
    segmentSeconds: 2,
    startMs: Math.floor(clock.wallMs() / 1000) * 1000 - 20_000,
  });
  fake.segments(10, CHUNKS);
  const asked = new Map<string, Asked>();
  const open = (port: number): Promise<Origin> =>
    openOrigin({
      port,
      host: '127.0.0.1',
      packager: counting(createPackager({ clock }), asked),
      findPublication: () => Promise.resolve(fakePublication(fake.presentation)),
      watchFolder: undefined,
      clock,
      logger: silentLogger,
      version: '1',
    });
  let origin = await open(0);
  let chunks = 0;
  const timer = setInterval(() => {
    chunks += 1;
    fake.chunk();
    if (chunks % CHUNKS === 0) {
      fake.cut();
    }
  }, CHUNK_MS);
  return {
    port: origin.port,
    asked: () => [...asked.values()],
    requests: () => origin.metrics().requests,
    async kill() {
      await origin[Symbol.asyncDispose]();
    },
    async revive() {
      origin = await open(origin.port);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await origin[Symbol.asyncDispose]();
    },
  };
}

function counting(packager: Packager, asked: Map<string, Asked>): Packager {
  return {
    ...packager,
    answer(publication, resource, query) {
      const key = `${nameOf(resource)} ${query}`;
      const entry = asked.get(key) ?? { resource, query, times: 0 };
      entry.times += 1;
      asked.set(key, entry);
      return packager.answer(publication, resource, query);
    },
  };
}

function nameOf(resource: StreamingResource): string {
  return JSON.stringify(resource, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

function begin(count: number, follow: () => Follower): readonly Follower[] {
  return Array.from({ length: count }, follow);
}

/** How many ms later than the first of them each learnt of each thing, sorted. */
function lateness(followers: readonly Follower[]): readonly number[] {
  const first = new Map<string, number>();
  for (const [url, ms] of followers.flatMap(({ learntMs }) => [...learntMs])) {
    first.set(url, Math.min(ms, first.get(url) ?? ms));
  }
  return followers
    .flatMap(({ learntMs }) => [...learntMs].map(([url, ms]) => ms - (first.get(url) ?? ms)))
    .toSorted((a, b) => a - b);
}

/** Waits until each has so much; how long that takes is a matter of the computer. */
async function untilAll(followers: readonly Follower[], count: number): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (followers.some(({ media }) => media.length < count)) {
    assert.ok(
      performance.now() < deadlineMs,
      `somebody has ${Math.min(...followers.map(({ media }) => media.length))}`,
    );
    await wait(50);
  }
}

type Shielded = TestOrigin & { readonly shield: Shield };

/** The shield before an origin without media. */
async function openShielded(
  context: TestContext,
  options: Parameters<typeof openTestOrigin>[1] = {},
): Promise<Shielded> {
  const opened = await openTestOrigin(context, options);
  const shield = await startShield(opened.origin.port);
  context.after(() => shield[Symbol.asyncDispose]());
  return { ...opened, shield };
}

function media(bytes: Buffer, over: Partial<Answer & { readonly kind: 'media' }> = {}): Answer {
  return {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: 0,
    size: bytes.length,
    chunks: [bytes],
    lifetime: 'immutable',
    ...over,
  };
}

/** An answer that counts how often it is asked for, and by which query. */
function counted(answer: () => Answer): {
  readonly queries: string[];
  readonly answer: (query: string) => Answer;
} {
  const queries: string[] = [];
  return {
    queries,
    answer(query) {
      queries.push(query);
      return answer();
    },
  };
}

describe('nginx as a shield, with the configuration that people are given', {
  skip: missingPrograms('nginx'),
}, () => {
  test('five hundred viewers cost the origin one fetch for each segment, part and version of a playlist', async (context) => {
    await using broadcast = await openBroadcast();
    await using shield = await startShield(broadcast.port);
    const beganMs = performance.now();
    await using crowd = gatherCrowd();
    const lowLatency = begin(200, () => crowd.followParts(`${shield.url}${HLS}`));
    const others = [
      ...begin(150, () => crowd.followSegments(`${shield.url}${HLS}`)),
      ...begin(150, () => crowd.followDash(`${shield.url}${DASH}`)),
    ];

    await untilAll(lowLatency, 6);
    await untilAll(others, 2);

    const seconds = (performance.now() - beganMs) / 1000;
    const late = lateness(lowLatency);
    const at = (share: number): number => Math.round(late[Math.floor(late.length * share)] ?? 0);
    context.diagnostic(
      `${crowd.requests()} requests in ${seconds.toFixed(1)} s, ${broadcast.requests()} of them at the origin; learnt of parts behind the first: median ${at(0.5)} ms, 95 % ${at(0.95)} ms`,
    );
    assert.deepEqual(crowd.failures(), []);
    for (const { resource, query, times } of broadcast.asked()) {
      const isPolled = query === '' && (resource.kind === 'manifest' || resource.kind === 'media-playlist');
      // Without a number they may be kept for a second at least; at the beginning they are not there yet.
      const most = isPolled ? seconds + 1 : 1;
      assert.ok(times <= most, `${nameOf(resource)} ${query} was fetched ${times} times in ${seconds} s`);
    }
    assert.equal(await shield.log(), '');
  });

  // They wait most of the time.
  describe('before an origin that goes away', { concurrency: true }, () => {
    test('viewers play what is there while the origin is gone, and go on when it is back', async () => {
      await using broadcast = await openBroadcast();
      await using shield = await startShield(broadcast.port);
      await using crowd = gatherCrowd({ bears: (status) => status >= 502 });
      const viewers = [
        ...begin(10, () => crowd.followParts(`${shield.url}${HLS}`)),
        ...begin(10, () => crowd.followSegments(`${shield.url}${HLS}`)),
        ...begin(10, () => crowd.followDash(`${shield.url}${DASH}`)),
      ];
      await untilAll(viewers, 1);

      await broadcast.kill();
      // Until what is kept may only be shown because there is nothing newer.
      await wait(3500);
      const meanwhile = await Promise.all([HLS, DASH].map((path) => ask(shield, path)));
      const [oldest = ''] = viewers[0]?.media ?? [];
      const kept = await ask(shield, new URL(oldest).pathname);
      const before = viewers.map(({ media }) => media.length);
      await broadcast.revive();

      await Promise.all(viewers.map((viewer, index) => untilAll([viewer], (before[index] ?? 0) + 2)));
      assert.deepEqual(
        [...meanwhile, kept].map(({ status, headers }) => [status, headers['cache-status']]),
        [
          [200, 'shield; detail=STALE'],
          [200, 'shield; detail=STALE'],
          [200, 'shield; detail=HIT'],
        ],
      );
      assert.deepEqual(crowd.failures(), []);
    });

    test('an endpoint that is stopped is not kept alive, and one that is started again is there within 3 s', async (context) => {
      const { origin, answers, shield } = await openShielded(context);
      answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 1 });
      assert.equal((await ask(shield, streamPath('manifest'))).status, 200);

      origin.stop();
      await wait(2100);
      const stopped = await Promise.all(Array.from({ length: 20 }, () => ask(shield, streamPath('manifest'))));
      origin.start();
      await wait(2100);

      // One of them asked; the others may have been given what was there while it did.
      assert.ok(stopped.some(({ headers }) => headers['x-ms-error-code'] === 'origin/stopped'));
      assert.equal((await ask(shield, streamPath('manifest'))).status, 200);
    });
  });

  test('who was the first to ask may leave: the others are given what came of it', async (context) => {
    const { origin, answers, shield } = await openShielded(context);
    const part = fakeNotYet();
    answers.set('p', part.answer);
    const leaving = new AbortController();
    const first = ask(shield, streamPath('p'), { signal: leaving.signal });
    await until(() => origin.metrics().held === 1, 'the first one waits');
    const others = Array.from({ length: 20 }, () => ask(shield, streamPath('p')));
    const before = origin.metrics().requests;

    leaving.abort();
    await assert.rejects(first);
    await wait(100);
    part.arrive(media(Buffer.from('part')));

    const replies = await Promise.all(others);
    assert.ok(replies.every(({ status, body }) => status === 200 && body.toString() === 'part'));
    assert.equal(origin.metrics().requests, before);
  });

  test('low-latency DASH is shown with whole segments, because nobody else can be given what the first is still given', async () => {
    await using broadcast = await openBroadcast();
    await using shield = await startShield(broadcast.port);

    const direct = await ask(broadcast, DASH);
    const shielded = await ask(shield, DASH);

    assert.match(direct.body.toString(), /availabilityTimeOffset/);
    assert.doesNotMatch(shielded.body.toString(), /availabilityTimeOffset|Resync/);
    assert.match(shielded.body.toString(), /minimumUpdatePeriod="PT2S"/);
  });

  test('of a query only the directives of low latency are part of an address, in whatever order they come', async (context) => {
    const { answers, shield } = await openShielded(context);
    const playlist = counted(() => ({ kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 60 }));
    answers.set('manifest', playlist.answer);

    for (const query of ['', '?CMCD=sid%3D%22a%22', '?CMCD=sid%3D%22b%22', '?x=1', '?_HLS=1', '?']) {
      assert.equal((await ask(shield, streamPath(`manifest${query}`))).status, 200, query);
    }
    for (const query of [
      '_HLS_msn=7&_HLS_part=2',
      'CMCD=br%3D5&_HLS_part=2&_HLS_msn=7',
      '_HLS_msn=7&x&_HLS_part=2',
    ]) {
      assert.equal((await ask(shield, streamPath(`manifest?${query}`))).status, 200, query);
    }
    await ask(shield, streamPath('manifest?_HLS_msn=7&_HLS_part=2&_HLS_skip=YES'));

    assert.deepEqual(playlist.queries, ['', '_HLS_msn=7&_HLS_part=2', '_HLS_msn=7&_HLS_part=2&_HLS_skip=YES']);
  });

  test('everybody is given the packing that they can take, of one fetch', async (context) => {
    const { answers, shield } = await openShielded(context);
    const playlist = counted(() => ({ kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 60 }));
    answers.set('manifest', playlist.answer);

    const replies = [
      await ask(shield, streamPath('manifest')),
      await ask(shield, streamPath('manifest'), { headers: { 'Accept-Encoding': 'gzip, br' } }),
      await ask(shield, streamPath('manifest'), { headers: { 'Accept-Encoding': 'gzip;q=0' } }),
    ];

    assert.deepEqual(
      replies.map(({ headers }) => [headers['content-encoding'], headers.vary]),
      [
        [undefined, 'Accept-Encoding'],
        ['gzip', 'Accept-Encoding'],
        [undefined, 'Accept-Encoding'],
      ],
    );
    assert.deepEqual(
      [replies[0], replies[2]].map((reply) => reply?.body.toString()),
      ['#EXTM3U', '#EXTM3U'],
    );
    assert.equal(playlist.queries.length, 1);
  });

  test('a manifest that nobody may keep is still fetched once for a crowd, and comes without waiting', async (context) => {
    const { answers, shield } = await openShielded(context);
    const mpd = counted(() => ({ kind: 'manifest', document: fakeDocument('<MPD/>'), lifetime: 0 }));
    answers.set('manifest', mpd.answer);
    const beganMs = performance.now();

    const replies = await Promise.all(Array.from({ length: 100 }, () => ask(shield, streamPath('manifest'))));

    assert.ok(replies.every(({ status }) => status === 200));
    assert.equal(replies[0]?.headers['cache-control'], 'public, max-age=0, s-maxage=1');
    assert.ok(mpd.queries.length <= 2, `${mpd.queries.length} fetches`);
    assert.ok(performance.now() - beganMs < 3000);
  });

  test('who asks for a fragment too early does not spoil it for others; what is not there otherwise is asked for once', async (context) => {
    const { answers, shield } = await openShielded(context);
    let isThere = false;
    const early = counted(() => {
      if (!isThere) {
        throw new AppError('MPE_FRAGMENT_NOT_READY', 'The fragment is not there yet.');
      }
      return media(Buffer.from('now'));
    });
    const unready = counted(() => {
      throw new AppError('MPE_FRAGMENT_NOT_READY', 'Nothing is there yet.');
    });
    const none = counted(() => {
      throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'There is no fragment at that time.');
    });
    const [next, last] = ['QualityLevels(1)/Fragments(video=9)', 'QualityLevels(1)/Fragments(video=1)'];
    answers.set(next, early.answer).set(last, none.answer).set('manifest', unready.answer);
    const crowdAt = (path: string) => Promise.all(Array.from({ length: 20 }, () => ask(shield, streamPath(path))));

    assert.equal((await ask(shield, streamPath(next))).status, 412);
    isThere = true;
    assert.equal((await ask(shield, streamPath(next))).status, 200);
    const [missing, waiting] = [await crowdAt(last), await crowdAt('manifest')];

    assert.ok(missing.every(({ status }) => status === 404) && waiting.every(({ status }) => status === 412));
    assert.ok(none.queries.length <= 2 && unready.queries.length <= 2);
  });

  test('that a stream does not go on is told to all who wait for it at once', async (context) => {
    const { origin, answers, shield } = await openShielded(context);
    const { answer } = fakeNotYet(1);
    assert(answer.kind === 'not-yet');
    answers.set('p', {
      ...answer,
      tooLate: () => new AppError('origin/not-updated', 'Nothing new has come for a while.'),
    });
    const before = origin.metrics().requests;

    const replies = await Promise.all(Array.from({ length: 50 }, () => ask(shield, streamPath('p'))));

    assert.ok(replies.every(({ status, headers }) => status === 503 && headers['retry-after'] === '1'));
    assert.equal(origin.metrics().requests - before, 1);
  });

  test('keys are given to each viewer for its own token, are not kept, and nobody waits for another one', async (context) => {
    const requests: KeyRequest[] = [];
    const { shield } = await openShielded(context, {
      keyDelivery: {
        deliver(request) {
          requests.push(request);
          return Promise.resolve([{ id: request.ids[0] ?? '', value: Buffer.from(request.token ?? '') }]);
        },
      },
    });
    const address = `${shield.url}/keydelivery/?KID=11111111-2222-4333-8444-555555555555`;
    const beganMs = performance.now();

    const keys = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const bearer = { headers: { Authorization: `Bearer token-${index}` } };
        const answer = await (index % 2 === 0
          ? fetch(address, bearer)
          : fetch(`${address.replace('keydelivery', 'KeyDelivery')}&token=token-${index}`));
        return await answer.text();
      }),
    );

    assert.deepEqual(
      keys,
      Array.from({ length: 50 }, (_, index) => `token-${index}`),
    );
    assert.equal(requests.length, 50);
    assert.ok(performance.now() - beganMs < 3000);
  });

  test('parts of segments, questions for newer versions and for heads only are answered from what is kept', async (context) => {
    const { answers, shield } = await openShielded(context);
    const bytes = randomBytes(MIB);
    const segment = counted(() => media(bytes));
    answers.set('s', segment.answer);
    const range = (value: string) => ask(shield, streamPath('s'), { headers: { Range: value } });

    const replies = [await range('bytes=10-19'), await range('bytes=-7'), await range(`bytes=${MIB}-`)];
    const whole = await ask(shield, streamPath('s'));
    const head = await ask(shield, streamPath('s'), { method: 'HEAD' });
    const same = await ask(shield, streamPath('s'), { headers: { 'If-None-Match': '"m1"' } });

    assert.deepEqual(
      replies.map(({ status }) => status),
      [206, 206, 416],
    );
    assert.deepEqual(replies[0]?.body, bytes.subarray(10, 20));
    assert.deepEqual(replies[1]?.body, bytes.subarray(MIB - 7));
    assert.deepEqual(whole.body, bytes);
    assert.deepEqual([head.status, head.headers['content-length'], same.status], [200, String(MIB), 304]);
    assert.equal(segment.queries.length, 1);
    assert.equal(whole.headers['access-control-allow-origin'], '*');
  });

  test('files to download come in slices: the end of a large one without its beginning', async (context) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-shield-file-'));
    const path = join(folder.path, 'film.mp4');
    const bytes = randomBytes(9 * MIB + 5);
    await writeFile(path, bytes);
    const { origin, shield } = await openShielded(context, {
      publication: fakeTalk({ files: new Map([['film.mp4', path]]) }),
    });

    const end = await ask(shield, `/${LOCATOR}/film.mp4`, {
      headers: { Range: `bytes=${bytes.length - 5}-` },
    });
    const sentForTheEnd = origin.metrics().bytes;
    const whole = await ask(shield, `/${LOCATOR}/film.mp4`);
    const sent = origin.metrics().bytes;
    await ask(shield, `/${LOCATOR}/film.mp4`);
    const none = await ask(shield, `/${LOCATOR}/none.mp4`);

    assert.deepEqual([end.status, end.body], [206, bytes.subarray(-5)]);
    assert.ok(sentForTheEnd <= 6 * MIB, `${sentForTheEnd} bytes for the end`);
    assert.equal(whole.status, 200);
    assert.ok(whole.body.equals(bytes));
    assert.ok(sent <= bytes.length + MIB, 'no slice is fetched twice');
    assert.ok(origin.metrics().bytes - sent < MIB, 'the second time nothing is');
    assert.equal(none.status, 404);
  });

  test('a segment that is still being written is passed on as it comes', async (context) => {
    const { answers, shield } = await openShielded(context);
    const growing = fakeGrowing();
    growing.push(Buffer.from('first'));
    answers.set('g', growing.answer);
    const begun = Promise.withResolvers<string>();
    const ended = Promise.withResolvers<string>();
    httpGet(`${shield.url}${streamPath('g')}`, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        begun.resolve(text);
      });
      incoming.on('end', () => ended.resolve(text));
    });

    const first = await begun.promise;
    growing.push(Buffer.from('second'));
    growing.end();

    assert.equal(first, 'first');
    assert.equal(await ended.promise, 'firstsecond');
  });

  test('what stands behind comments works: HTTP/2 with a certificate, and a log of viewers', async (context) => {
    const { origin, answers } = await openTestOrigin(context);
    answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 60 });
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'shield.example' }]);
    await using shield = await startShield(origin.port, { certificate: `${key}\n${cert}` });
    const session = connect(shield.secureUrl, { ca: cert, rejectUnauthorized: false });
    context.after(() => session.destroy());

    const stream = session.request({ ':path': streamPath('manifest?CMCD=sid%3D%22somebody%22') });
    const body = await text(stream);

    assert.equal(body, '#EXTM3U');
    await until(() => stream.closed, 'the answer is complete');
    assert.match(await shield.viewers(), / 200 7 MISS "GET \S+manifest HTTP\/2\.0" "sid%3D%22somebody%22"/);
    assert.equal(await shield.log(), '');
  });

  test('tokens in the addresses of keys and of the watch page stand in no log, also while the origin is gone', async (context) => {
    const { origin } = await openTestOrigin(context);
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'shield.example' }]);
    await using shield = await startShield(origin.port, { certificate: `${key}\n${cert}` });
    const paths = ['/keydelivery/?KID=1&token=private', '/KeyDelivery?token=private', '/watch/x?token=private'];
    const statuses = async (): Promise<readonly number[]> =>
      await Promise.all(paths.map(async (path) => (await ask(shield, path)).status));

    assert.ok((await statuses()).every((status) => status !== 502));
    await origin[Symbol.asyncDispose]();
    assert.deepEqual(await statuses(), [502, 502, 502]);
    assert.equal((await ask(shield, streamPath('manifest'))).status, 502);

    const viewers = await shield.viewers();
    assert.match(viewers, / 502 .*"GET \/keydelivery\/ /);
    assert.match(await shield.log(), /manifest/);
    assert.doesNotMatch(viewers + (await shield.log()), /private/);
  });

  test('the clock, preflights and what may not be done are passed on', async (context) => {
    const { shield } = await openShielded(context);

    const time = await ask(shield, '/time');
    const preflight = await ask(shield, streamPath('s'), { method: 'OPTIONS' });
    const written = await ask(shield, streamPath('s'), { method: 'PUT' });

    assert.ok(Math.abs(Date.parse(time.body.toString()) - Date.now()) < 5000);
    assert.deepEqual(
      [preflight.status, preflight.headers['access-control-allow-methods']],
      [204, 'GET, HEAD, OPTIONS'],
    );
    assert.equal(written.status, 405);
  });
});
