import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../../check/client.ts';
import { checkDash } from '../../check/dash/check.ts';
import { RULES } from '../../check/dash/rules.ts';
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

const MPD = /manifest\(/;
const SEGMENT = /Fragments\((?!\w+=i[,)])/;
const HEADER = /Fragments\(\w+=i[,)]/;
const FREE = Buffer.from([0, 0, 0, 8, ...Buffer.from('free')]);

const isMpd = ({ path }: Asked): boolean => path.includes('manifest(');
const isSegment = ({ path }: Asked): boolean => SEGMENT.test(decodeURIComponent(path));

function shiftTimes(bytes: Buffer, ticks: bigint): Buffer {
  for (let at = bytes.indexOf('tfdt'); at >= 0; at = bytes.indexOf('tfdt', at + 4)) {
    bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at + 8) + ticks, at + 8);
  }
  return bytes;
}

/** The MPD as it was at first, for ever. */
function frozen(): Fault {
  let kept: Passed | undefined;
  return async (asked, pass) => {
    if (!isMpd(asked)) {
      return await pass();
    }
    kept ??= await pass();
    return kept;
  };
}

/** An emsg, version 1, of a scheme that nobody declares. */
function emsg(): Buffer {
  const body = Buffer.concat([
    Buffer.from([1, 0, 0, 0, 0, 1, 0x5f, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    Buffer.from('urn:example:unheard-of\0x\0'),
  ]);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write('emsg', 4);
  return Buffer.concat([head, body]);
}

/** With an emsg between a moof and its mdat. */
function inTheMiddle(bytes: Buffer): Buffer {
  const at = bytes.indexOf('mdat') - 4;
  return Buffer.concat([bytes.subarray(0, at), emsg(), bytes.subarray(at)]);
}

/** Only the first chunk, made as long as all of them: the number of them is what is wrong. */
function inOneChunk(bytes: Buffer): Buffer {
  const second = bytes.indexOf('moof', bytes.indexOf('moof') + 4) - 4;
  return second < 0 ? bytes : bytes.subarray(0, second);
}

const CASES: Readonly<Partial<Record<RuleName, Fault>>> = {
  answers: async (asked, pass) => (isMpd(asked) && asked.before === 1 ? refusal(500) : await pass()),
  type: inHead(MPD, { 'content-type': 'text/xml' }),
  wellFormed: inText(MPD, (text) => text.replace(/minBufferTime="[^"]*"/, '')),
  gzip: async (_, pass) => ({ ...(await pass()), isPlain: true }),
  crossOrigin: inHead(MPD, { 'access-control-allow-origin': undefined }),
  validator: inHead(MPD, { etag: undefined, 'last-modified': undefined }),
  async conditional(asked, pass) {
    const passed = await pass();
    const isAsked = isMpd(asked) && asked.headers['if-none-match'] !== undefined;
    return isAsked ? refusal(412) : passed;
  },
  cached: inHead(MPD, { 'cache-control': 'max-age=3600' }),
  goesOn: frozen(),
  clock: async (asked, pass) => (asked.path === '/time' ? refusal(404) : await pass()),
  sameClock: inText(MPD, (text) =>
    text.replace(
      /(<UTCTiming[^>]*\/>\s*)(?=<LeapSecond)/,
      `$1<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="2020-01-01T00:00:00Z"/>`,
    ),
  ),
  ownClock: async (asked, pass) =>
    asked.path === '/time'
      ? { ...(await pass()), body: Buffer.from(new Date(Date.now() + 5000).toISOString()) }
      : await pass(),
  initialization: async (asked, pass) =>
    HEADER.test(decodeURIComponent(asked.path)) ? { ...(await pass()), body: FREE } : await pass(),
  timescale: inText(MPD, (text) => text.replaceAll('timescale="90000"', 'timescale="45000"')),
  keyId: inText(MPD, (text) =>
    text
      .replace('<MPD ', '<MPD xmlns:cenc="urn:mpeg:cenc:2013" ')
      .replace(
        /(<AdaptationSet [^>]*>)/,
        '$1<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="0f0e0d0c-0b0a-4908-8706-050403020100"/>',
      ),
  ),
  connected: connectedFault(),
  available: async (asked, pass) => (isSegment(asked) && asked.elapsedMs > 1500 ? refusal(404) : await pass()),
  buffer: async (asked, pass) => (isSegment(asked) ? refusal(404) : await pass()),
  async early(asked, pass) {
    const passed = await pass();
    return isSegment(asked) && passed.status >= 400 ? { ...passed, status: 200 } : passed;
  },
  mediaType: inHead(SEGMENT, { 'content-type': 'application/octet-stream' }),
  fragmented: inBytes(SEGMENT, () => FREE),
  decodeTime: inBytes(SEGMENT, (bytes) => {
    bytes.write('free', bytes.indexOf('tfdt'));
    return bytes;
  }),
  startTime: inBytes(SEGMENT, (bytes) => shiftTimes(bytes, 9n)),
  async nominalTime(asked, pass) {
    const passed = await pass();
    if (isSegment(asked)) {
      return { ...passed, body: shiftTimes(Buffer.from(passed.body), 54_000n) };
    }
    const text = passed.body.toString('latin1');
    const withoutTimeline = text
      .replace(/<SegmentTimeline>[\s\S]*?<\/SegmentTimeline>/g, '')
      .replace(/(<SegmentTemplate timescale="(\d+)")/g, '$1 duration="$2"');
    return isMpd(asked) ? { ...passed, body: Buffer.from(withoutTimeline, 'latin1') } : passed;
  },
  duration: inBytes(SEGMENT, (bytes) => bytes.subarray(0, bytes.lastIndexOf('moof') - 4)),
  continuity: inBytes(SEGMENT, (bytes) => {
    const second = bytes.indexOf('tfdt', bytes.indexOf('tfdt') + 4);
    if (second > 0) {
      bytes.writeBigUInt64BE(bytes.readBigUInt64BE(second + 8) + 90n, second + 8);
    }
    return bytes;
  }),
  startsWithKey: inBytes(SEGMENT, (bytes) => {
    // The type of the first NAL unit of the first mdat: a picture that is no key frame.
    const at = bytes.indexOf('mdat') + 8;
    bytes[at] = 0x41;
    return bytes;
  }),
  async growing(asked, pass) {
    // What is being made comes when it is complete.
    const [, name, time] = /Fragments\((\w+)=(\d+)/.exec(decodeURIComponent(asked.path)) ?? [];
    const seconds = Number(time) / (name === 'audio' ? 48_000 : 90_000);
    if (seconds > Date.now() / 1000 - 1) {
      await delay(1200);
    }
    return await pass();
  },
  chunks: inBytes(SEGMENT, inOneChunk),
  declared: inBytes(SEGMENT, (bytes) => Buffer.concat([emsg(), bytes])),
  beforeMedia: inBytes(SEGMENT, inTheMiddle),
};

/** A second Period that says it goes on from the first, with another initialization segment. */
function connectedFault(): Fault {
  return async (asked, pass) => {
    const passed = await pass(asked.path.replace('other-', ''));
    if (HEADER.test(decodeURIComponent(asked.path)) && asked.path.includes('other-')) {
      return { ...passed, body: Buffer.concat([passed.body, FREE]) };
    }
    if (!isMpd(asked)) {
      return passed;
    }
    const text = passed.body.toString();
    const [period = ''] = /<Period[\s\S]*<\/Period>/.exec(text) ?? [];
    const second = period
      .replace(/id="0"/, 'id="1"')
      .replace(/start="[^"]*"/, 'start="PT1H"')
      .replace(
        /(<SegmentTemplate)/g,
        '<SupplementalProperty schemeIdUri="urn:mpeg:dash:period-connectivity:2015" value="0"/>$1',
      )
      .replace(/initialization="/g, 'initialization="other-');
    return { ...passed, body: Buffer.from(text.replace(period, `${period}${second}`)) };
  };
}

/** The most that a fault is looked for. */
const SECONDS = 20;
const AT_ONCE = 6;

async function check(url: string, seconds: number, until?: Rule): Promise<readonly RuleCount[]> {
  const ending = new AbortController();
  const { signal } = ending;
  using client = createClient({ insecure: false, signal });
  const { counts } = await checkDash({
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

suite('npm run check:dash', () => {
  let stream: LiveStream;
  before(async () => {
    stream = await openLiveStream();
  });
  after(() => stream[Symbol.asyncDispose]());

  test('a stream of ours breaks no rule, and all that a live stream can show are looked at', async () => {
    const counts = await check(stream.dash, 8);

    assert.deepEqual(
      counts.filter(({ broken, level }) => broken > 0 && level !== 'remark'),
      [],
    );
    const unseen = counts.filter(({ checked }) => checked === 0).map(({ title }) => title);
    const notInThisOne = [
      RULES.sameClock,
      RULES.keyId,
      RULES.connected,
      RULES.nominalTime,
      RULES.declared,
      RULES.beforeMedia,
    ];
    assert.deepEqual(
      unseen.filter((title) => !notInThisOne.some((rule) => rule.title === title)),
      [],
    );
  });

  test('a playlist in the place of an MPD is told of as what it is', async () => {
    await assert.rejects(check(stream.hls, 2), /is an HLS playlist \(npm run check:llhls is for those\)/);
    await assert.rejects(check(`${stream.base}/nothing`, 2), /is answered with 4\d\d/);
  });

  test('each rule has a fault here that breaks it', () => {
    assert.deepEqual(Object.keys(CASES).toSorted(), Object.keys(RULES).toSorted());
  });

  test('every fault is found', async () => {
    const left = Object.keys(CASES).filter((name): name is RuleName => name in RULES);
    const missed: string[] = [];
    async function work(): Promise<void> {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const rule = RULES[name];
        const { origin, pathname } = new URL(stream.dash);
        await using server = await openBrokenServer(origin, CASES[name]!);
        const counts = await check(`${server.url}${pathname}`, SECONDS, rule);
        const found = counts.find(({ clause, title }) => clause === rule.clause && title === rule.title);
        if ((found?.broken ?? 0) === 0) {
          missed.push(name);
        }
      }
    }

    await Promise.all(Array.from({ length: AT_ONCE }, work));

    assert.deepEqual(missed, []);
  });
});
