import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { NotAStream } from '../../check/checked-stream.ts';
import { createClient } from '../../check/client.ts';
import { checkHls } from '../../check/hls/check.ts';
import { RULES } from '../../check/hls/rules.ts';
import type { Rule, RuleCount } from '../../check/ledger.ts';
import {
  type Asked,
  type Fault,
  inBytes,
  inHead,
  inText,
  openBrokenServer,
  type Passed,
  refusal,
} from '../../support/broken-server.ts';
import { type LiveStream, openLiveStream } from '../../support/live-stream.ts';

type RuleName = keyof typeof RULES;
type Case = {
  readonly fault: Fault;
  /** Of the multivariant playlist, where several renditions are needed. */
  readonly isWhole?: true;
};

const PLAYLIST = /Manifest\(/;
const SOUND = /Manifest\(audio/;
const PART = /Fragments\(.*part=/;
const SEGMENT = /Fragments\((?!.*part=)(?!\w+=i[,)])/;
const HEADER = /Fragments\(\w+=i[,)]/;
const MEDIA = /Fragments\(/;
/** Of a segment of a second. */
const PARTS = 5;
/** A box that everybody passes over. */
const FREE = Buffer.from([0, 0, 0, 8, ...Buffer.from('free')]);

const plain = ({ path }: Asked): string => path.split('?', 1).join('');
const isPlaylist = ({ path }: Asked): boolean => decodeURIComponent(path).includes('Manifest(');
const listed = async (asked: Asked, pass: (path?: string) => Promise<Passed>): Promise<string> =>
  (await pass(plain(asked).replace(/Fragments\(([\w-]+)=.*/, 'Manifest($1,format=m3u8-cmaf)'))).body.toString();
const sequenceIn = (text: string): number => Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
const asksFor = (asked: Asked, name: string): boolean => isPlaylist(asked) && asked.query.has(name);

/** Moves the time of every fragment, which is the number behind `tfdt`, version and flags. */
function shiftTimes(bytes: Buffer, ticks: bigint): Buffer {
  for (let at = bytes.indexOf('tfdt'); at >= 0; at = bytes.indexOf('tfdt', at + 4)) {
    bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at + 8) + ticks, at + 8);
  }
  return bytes;
}

/** Numbers the segments of a playlist. */
function bySequence(text: string, tag: RegExp, change: (found: string, sequence: number) => string): string {
  let sequence = sequenceIn(text) - 1;
  return text.replace(new RegExp(tag, 'g'), (found) => change(found, (sequence += 1)));
}

/** What is asked for like this is answered with the first playlist that was sent. */
function stale(isSo: (asked: Asked) => boolean): Fault {
  let first: Passed | undefined;
  return async (asked, pass) => {
    if (!isPlaylist(asked) || first === undefined) {
      const passed = await pass();
      first ??= isPlaylist(asked) ? passed : undefined;
      return passed;
    }
    return isSo(asked) ? first : await pass();
  };
}

/** One blocking request waits for too long. */
function lateOnce(ms: number): Fault {
  let isOver = false;
  return async (asked, pass) => {
    if (asksFor(asked, '_HLS_part') && asked.query.has('_HLS_msn') && !isOver) {
      isOver = true;
      await delay(ms);
    }
    return await pass();
  };
}

/** The playlist as it stood a while ago, for ever. */
function frozen(): Fault {
  let kept: Passed | undefined;
  return async (asked, pass) => {
    if (!isPlaylist(asked)) {
      return await pass();
    }
    kept = asked.elapsedMs < 1500 || kept === undefined ? await pass(plain(asked)) : kept;
    // Held as long as a part would take.
    await delay(200);
    return kept;
  };
}

/** Without the newest segments. */
function shortened(text: string, segments: number): string {
  const lines = text.split('\n');
  for (let left = segments; left >= 0; left -= 1) {
    lines.length = lines.findLastIndex((line) => line.startsWith('#EXTINF'));
  }
  return `${lines.join('\n').replace(/#EXT-X-PART:[^\n]*\n?/g, '')}\n`;
}

/** One way to break each rule. */
const CASES: Readonly<Partial<Record<RuleName, Case>>> = {
  answers: { fault: async (asked, pass) => (asksFor(asked, '_HLS_skip') ? refusal(500) : await pass()) },
  type: { fault: inHead(PLAYLIST, { 'content-type': 'text/plain' }) },
  wellFormed: { fault: inText(PLAYLIST, (text) => `\uFEFF${text}`) },
  gzip: { fault: async (_, pass) => ({ ...(await pass()), isPlain: true }) },
  lowLatency: {
    fault: inText(PLAYLIST, (text) => text.replace(/#EXT-X-(?:PART|PART-INF|PRELOAD-HINT):.*\n/g, '')),
  },
  crossOrigin: { fault: inHead(MEDIA, { 'access-control-allow-origin': undefined }) },
  cachesBlocking: { fault: inHead(/_HLS_msn/, { 'cache-control': 'no-store' }) },
  cachesPlain: { fault: inHead(/Manifest\([^?]*$/, { 'cache-control': 'max-age=3600' }) },
  cachesMissing: { fault: inHead(MEDIA, { 'cache-control': 'max-age=86400' }, 404) },
  cachesMedia: { fault: inHead(MEDIA, { 'cache-control': 'no-store' }) },
  blocks: { fault: stale((asked) => asked.query.has('_HLS_part')) },
  blocksSegment: { fault: stale((asked) => asked.query.has('_HLS_msn') && !asked.query.has('_HLS_part')) },
  prompt: {
    async fault(asked, pass) {
      if (!asksFor(asked, '_HLS_part')) {
        return await pass();
      }
      await delay(900);
      return await pass(plain(asked));
    },
  },
  within: { fault: lateOnce(5300) },
  partAlone: {
    fault: async (asked, pass) =>
      await pass(asksFor(asked, '_HLS_part') && !asked.query.has('_HLS_msn') ? plain(asked) : undefined),
  },
  farSegment: {
    async fault(asked, pass) {
      const passed = await pass();
      return passed.status === 400 && !asked.query.has('_HLS_part') ? await pass(plain(asked)) : passed;
    },
  },
  farPart: {
    async fault(asked, pass) {
      const passed = await pass();
      return passed.status === 400 && Number(asked.query.get('_HLS_part')) > 50
        ? await pass(plain(asked))
        : passed;
    },
  },
  past: {
    async fault(asked, pass) {
      const first = asksFor(asked, '_HLS_msn') ? sequenceIn(await listed(asked, pass)) : 0;
      return Number(asked.query.get('_HLS_msn')) < first ? refusal(404) : await pass();
    },
  },
  nextSegment: {
    fault: async (asked, pass) => (Number(asked.query.get('_HLS_part')) >= PARTS ? refusal(400) : await pass()),
  },
  ignoredAtEnd: {
    async fault(asked, pass) {
      if (!isPlaylist(asked) || asked.elapsedMs < 1500) {
        return await pass();
      }
      if (asked.query.has('_HLS_skip')) {
        return refusal(400);
      }
      const passed = await pass(plain(asked));
      const text = passed.body.toString().replace(/#EXT-X-(?:PRELOAD-HINT|RENDITION-REPORT).*\n/g, '');
      const end = text.lastIndexOf('\n', text.lastIndexOf('#EXT-X-PROGRAM-DATE-TIME'));
      return { ...passed, body: Buffer.from(`${text.slice(0, end)}\n#EXT-X-ENDLIST\n`) };
    },
  },
  skips: {
    fault: async (asked, pass) =>
      await pass(isPlaylist(asked) ? asked.path.replace(/&?_HLS_skip=\w+/, '') : undefined),
  },
  notAsked: {
    fault: async (asked, pass) =>
      await pass(
        isPlaylist(asked) ? `${asked.path}${asked.path.includes('?') ? '&' : '?'}_HLS_skip=YES` : undefined,
      ),
  },
  skipIgnored: {
    fault: inText(PLAYLIST, (text) =>
      text.replace(/CAN-SKIP-UNTIL=[\d.]+,?/, '').replace(/CAN-SKIP-DATERANGES=YES,?/, ''),
    ),
  },
  segmentCadence: { fault: frozen() },
  partCadence: { fault: frozen() },
  hintHeld: {
    fault: async (asked, pass) =>
      PART.test(decodeURIComponent(asked.path)) && asked.before === 0 ? refusal(404) : await pass(),
  },
  hintWhole: {
    fault: async (asked, pass) =>
      PART.test(decodeURIComponent(asked.path)) ? { ...(await pass()), dripMs: 600 } : await pass(),
  },
  hintSame: { fault: inBytes(PART, (bytes, { before }) => (before === 0 ? bytes : Buffer.concat([bytes, FREE]))) },
  missing: {
    async fault(_, pass) {
      const passed = await pass();
      return passed.status === 404 ? refusal(200) : passed;
    },
  },
  reportKnown: {
    isWhole: true,
    fault: inText(PLAYLIST, (text) => text.replace(/(#EXT-X-RENDITION-REPORT:URI=".*?)Manifest/g, '$1Other')),
  },
  reportThere: {
    isWhole: true,
    fault: inText(PLAYLIST, (text) =>
      text.replace(/LAST-MSN=(\d+)/g, (_, sequence: string) => `LAST-MSN=${Number(sequence) + 5}`),
    ),
  },
  reportFresh: {
    isWhole: true,
    fault: inText(PLAYLIST, (text) =>
      text.replace(/LAST-MSN=(\d+)/g, (_, sequence: string) => `LAST-MSN=${Number(sequence) - 2}`),
    ),
  },
  initialization: {
    fault: async (asked, pass) =>
      HEADER.test(decodeURIComponent(asked.path)) ? { ...(await pass()), body: FREE } : await pass(),
  },
  media: {
    fault: async (asked, pass) => (SEGMENT.test(decodeURIComponent(asked.path)) ? refusal(404) : await pass()),
  },
  mediaType: { fault: inHead(MEDIA, { 'content-type': 'text/plain' }) },
  range: {
    async fault(asked, pass) {
      const passed = await pass(asked.path);
      if (isPlaylist(asked)) {
        const text = passed.body.toString().replace(/(#EXTINF.*\n)/g, '$1#EXT-X-BYTERANGE:100@0\n');
        return { ...passed, body: Buffer.from(text) };
      }
      return passed.status === 206 ? { ...passed, status: 200 } : passed;
    },
  },
  fragmented: { fault: inBytes(PART, () => FREE) },
  decodeTime: {
    fault: inBytes(PART, (bytes) => {
      bytes.write('free', bytes.indexOf('tfdt'));
      return bytes;
    }),
  },
  transportStream: {
    async fault(asked, pass) {
      const passed = await pass();
      if (isPlaylist(asked)) {
        const text = passed.body.toString().replace(/#EXT-X-MAP.*\n/g, '');
        return { ...passed, body: Buffer.from(text) };
      }
      return SEGMENT.test(decodeURIComponent(asked.path)) ? { ...passed, body: Buffer.alloc(376, 0x47) } : passed;
    },
  },
  continuity: {
    fault: inBytes(PART, (bytes, { path }) => shiftTimes(bytes, path.includes('part=3') ? 900n : 0n)),
  },
  partDuration: {
    fault: inText(PLAYLIST, (text) => text.replace(/(#EXT-X-PART:DURATION=)0\.2\b/g, '$10.19')),
  },
  independent: {
    fault: inText(PLAYLIST, (text) =>
      text.replace(/(#EXT-X-PART:(?:(?!INDEPENDENT).)*?)(?=\n)/g, '$1,INDEPENDENT=YES'),
    ),
  },
  saysIndependent: { fault: inText(PLAYLIST, (text) => text.replaceAll(',INDEPENDENT=YES', '')) },
  segmentDuration: { fault: inText(PLAYLIST, (text) => text.replace(/#EXTINF:[\d.]+/g, '#EXTINF:0.9')) },
  sameBytes: { fault: inBytes(SEGMENT, (bytes) => Buffer.concat([bytes, FREE])) },
  date: {
    fault: inText(PLAYLIST, (text) =>
      bySequence(text, /#EXT-X-PROGRAM-DATE-TIME:.*/, (tag, sequence) => {
        const ms = Date.parse(tag.slice('#EXT-X-PROGRAM-DATE-TIME:'.length)) + (sequence % 2) * 300;
        return `#EXT-X-PROGRAM-DATE-TIME:${new Date(ms).toISOString()}`;
      }),
    ),
  },
  sameDates: {
    isWhole: true,
    fault: inText(SOUND, (text) =>
      text.replace(
        /(#EXT-X-PROGRAM-DATE-TIME:)(.*)/g,
        (_, tag: string, date: string) => `${tag}${new Date(Date.parse(date) + 400).toISOString()}`,
      ),
    ),
  },
  sameTarget: {
    isWhole: true,
    fault: inText(SOUND, (text) => text.replace(/#EXT-X-TARGETDURATION:\d+/, '#EXT-X-TARGETDURATION:2')),
  },
  sameControl: {
    isWhole: true,
    fault: inText(SOUND, (text) => text.replace(/PART-HOLD-BACK=[\d.]+/, 'PART-HOLD-BACK=1.5')),
  },
  sameDiscontinuity: {
    isWhole: true,
    fault: inText(SOUND, (text) =>
      text
        .replace(/#EXT-X-DISCONTINUITY-SEQUENCE:.*\n/, '')
        .replace(/(#EXT-X-MEDIA-SEQUENCE:.*\n)/, '$1#EXT-X-DISCONTINUITY-SEQUENCE:5\n'),
    ),
  },
  together: { isWhole: true, fault: inText(SOUND, (text) => shortened(text, 3)) },
  bandwidth: {
    isWhole: true,
    fault: inText(/manifest\(format/, (text) => text.replace(/([:,])BANDWIDTH=\d+/g, '$1BANDWIDTH=900')),
  },
  segmentStays: {
    async fault(asked, pass) {
      const isSegment = SEGMENT.test(decodeURIComponent(asked.path));
      const name = asked.path.split('/').at(-1) ?? '';
      return isSegment && !(await listed(asked, pass)).includes(name) ? refusal(404) : await pass();
    },
  },
  partStays: {
    async fault(asked, pass) {
      const isPart = PART.test(decodeURIComponent(asked.path));
      const name = asked.path.split('/').at(-1) ?? '';
      return isPart && !(await listed(asked, pass)).includes(name) ? refusal(404) : await pass();
    },
  },
};

/** Nothing that these tests have shows it: a remark on a server without TLS. */
const NOT_HERE: readonly RuleName[] = ['http2'];
/** What a computer that is busy with other tests breaks: parts come late then, and in twos and threes. */
const OF_TIME: readonly string[] = [
  RULES.prompt,
  RULES.partCadence,
  RULES.segmentCadence,
  RULES.farPart,
  RULES.hintWhole,
  RULES.reportFresh,
].map(({ title }) => title);
/** The most that a fault is looked for; nearly all are found in one or two. */
const SECONDS = 20;
/** As many checkers as two cores bear at once. */
const AT_ONCE = 8;

/** Ends early when `until` is broken. */
async function check(url: string, seconds: number, until?: Rule): Promise<readonly RuleCount[]> {
  const ending = new AbortController();
  const { signal } = ending;
  using client = createClient({ insecure: false, signal });
  const { counts } = await checkHls({
    url,
    seconds,
    client,
    signal,
    wait: async (ms) => {
      await delay(ms, undefined, { signal }).catch(() => undefined);
    },
    tell: () => undefined,
    onBroken(rule) {
      if (rule === until) {
        ending.abort();
      }
    },
  });
  return counts;
}

suite('npm run check:llhls', () => {
  let stream: LiveStream;
  before(async () => {
    stream = await openLiveStream();
  });
  after(() => stream[Symbol.asyncDispose]());

  test('a stream of ours breaks no rule, and all that a live stream can show are looked at', async () => {
    const counts = await check(stream.hls, 8);

    const broken = counts.filter((count) => count.broken > 0 && !OF_TIME.includes(count.title));
    assert.deepEqual(
      broken.filter(({ level }) => level !== 'remark'),
      [],
    );
    const unseen = counts.filter(({ checked }) => checked === 0).map(({ title }) => title);
    const notInThisOne = [RULES.ignoredAtEnd, RULES.skipIgnored, RULES.range, RULES.transportStream];
    assert.deepEqual(
      unseen.filter((title) => !notInThisOne.some((rule) => rule.title === title)),
      [],
    );
  });

  for (const [what, body, message] of [
    ['a page', '<!doctype html><title>404</title>', /is a page of HTML, not an HLS playlist/],
    ['an MPD', '<?xml version="1.0"?>\n<MPD xmlns="urn:x"/>', /is an MPD \(npm run check:dash is for those\)/],
    ['nothing of the kind', 'hello', /is no playlist \(“hello…”\)/],
  ] as const) {
    test(`${what} in the place of a playlist is told of as what it is`, async () => {
      await using server = await openBrokenServer(stream.hls, () =>
        Promise.resolve({ ...refusal(200), body: Buffer.from(body) }),
      );

      await assert.rejects(
        check(server.url, 2),
        (error) => error instanceof NotAStream && message.test(error.message),
      );
    });
  }

  test('an address that is not found, and one where nobody is, are told of', async () => {
    const nobody = new URL(stream.hls);
    nobody.port = '9';

    await assert.rejects(check(`${stream.base}/nothing`, 2), /is answered with 4\d\d/);
    await assert.rejects(check(nobody.href, 2), /could not be had: .*ECONNREFUSED/);
  });

  test('a stream that has moved is followed to where it is', async () => {
    const { origin, pathname } = new URL(stream.playlist);
    await using server = await openBrokenServer(origin, async (asked, pass) =>
      asked.path.startsWith('/start')
        ? { ...refusal(302), headers: { location: asked.path.replace('/start', pathname) } }
        : await pass(),
    );

    const counts = await check(`${server.url}/start`, 2);

    const media = counts.find(({ title }) => title === RULES.media.title);
    assert((media?.checked ?? 0) > 0 && media?.broken === 0, media?.first);
  });

  test('each rule has a fault here that breaks it', () => {
    const names = Object.keys(RULES).filter((name) => !NOT_HERE.some((one) => one === name));

    assert.deepEqual(Object.keys(CASES).toSorted(), names.toSorted());
  });

  test('every fault is found', async () => {
    const left = Object.keys(CASES).filter((name): name is RuleName => name in RULES);
    const missed: string[] = [];
    async function work(): Promise<void> {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const name = next;
        const { fault, isWhole } = CASES[name]!;
        const { origin, pathname } = new URL(isWhole === true ? stream.hls : stream.playlist);
        await using server = await openBrokenServer(origin, fault);
        const counts = await check(`${server.url}${pathname}`, SECONDS, RULES[name]);
        const found = counts.find(
          ({ clause, title }) => clause === RULES[name].clause && title === RULES[name].title,
        );
        if ((found?.broken ?? 0) === 0) {
          missed.push(name);
        }
      }
    }

    await Promise.all(Array.from({ length: AT_ONCE }, work));

    assert.deepEqual(missed, []);
  });
});
