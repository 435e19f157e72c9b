import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckedStream, type CheckOptions, NotAStream } from '../../check/checked-stream.ts';
import { runCheck } from '../../check/command.ts';
import { createLedger, hasFailed, type Rule } from '../../check/ledger.ts';
import { printReport } from '../../check/report.ts';

const MUST: Rule = { level: 'must', clause: '8216bis 6.2.5.2', title: 'an answer waits' };
const SHOULD: Rule = { level: 'should', clause: '8216bis 4.4.4.9', title: 'parts are long' };

function ledger(signal = new AbortController().signal) {
  const told: string[] = [];
  const made = createLedger({
    rules: [MUST, SHOULD],
    titles: new Map([['8216bis 6.2.2', 'what may leave']]),
    elapsedSeconds: () => 2.5,
    signal,
    onBroken: ({ clause }, finding) => told.push(`${clause}: ${finding}`),
  });
  return { ...made, told };
}

test('each rule has how often it was looked at, and what was found when it first did not hold', () => {
  const { check, counts, told } = ledger();

  check(MUST, true, 'never said');
  check(MUST, false, 'it came early');
  check(MUST, false, 'again');

  assert.deepEqual(
    counts().map(({ clause, checked, broken, first }) => [clause, checked, broken, first]),
    [
      ['8216bis 4.4.4.9', 0, 0, undefined],
      ['8216bis 6.2.5.2', 3, 2, '2.5 s: it came early'],
    ],
  );
  assert.deepEqual(told, ['8216bis 6.2.5.2: it came early']);
});

test('what the checkers of manifests look at counts with the title of its clause', () => {
  const { observe, counts } = ledger();
  const look = observe('video.m3u8');

  look({ level: 'must', clause: '8216bis 6.2.2', message: 'it went back', holds: false });
  look({ level: 'must', clause: '8216bis 6.2.2', message: '', holds: true });

  const [found] = counts().filter(({ clause }) => clause === '8216bis 6.2.2');
  assert.equal(found?.title, 'what may leave');
  assert.equal(found.checked, 2);
  assert.equal(found.first, '2.5 s: video.m3u8: it went back');
});

test('clauses stand in the order of their numbers', () => {
  const { observe, counts } = ledger();
  observe('x')({ level: 'must', clause: '8216bis 4.4.4.10', message: '', holds: true });

  assert.deepEqual(
    counts().map(({ clause }) => clause),
    ['8216bis 4.4.4.9', '8216bis 4.4.4.10', '8216bis 6.2.5.2'],
  );
});

test('what fails because the run was ended says nothing of the stream', () => {
  const ending = new AbortController();
  const { check, counts } = ledger(ending.signal);
  ending.abort();

  check(MUST, false, 'the connection broke');

  assert(counts().every(({ broken, checked }) => broken === 0 && checked === 0));
});

test('only what must hold makes a run fail', () => {
  const { check, counts } = ledger();
  check(SHOULD, false, 'short');
  const before = hasFailed(counts());
  check(MUST, false, 'early');

  assert.deepEqual([before, hasFailed(counts())], [false, true]);
});

test('the report has every rule, what was broken, and a verdict', () => {
  const { check, counts } = ledger();
  check(MUST, false, 'it came early');

  const text = printReport(counts());

  assert.match(text, /^BROKEN +must +8216bis 6\.2\.5\.2 +an answer waits +1 +1$/m);
  assert.match(text, /^- +should +8216bis 4\.4\.4\.9 +parts are long +0$/m);
  assert.match(
    text,
    /^must 8216bis 6\.2\.5\.2, an answer waits: broken 1 of 1 times, first after 2\.5 s: it came early$/m,
  );
  assert.match(text, /^broken: 1 that must hold; 1 had nothing to be looked at \(-\)$/m);
});

async function run(args: readonly string[], check: (options: CheckOptions) => Promise<CheckedStream>) {
  let [out, err] = ['', ''];
  const exit = await runCheck({
    script: 'check:llhls',
    what: 'follows a stream',
    args,
    check,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    signal: new AbortController().signal,
  });
  return { exit, out, err };
}

const never = (): Promise<CheckedStream> => assert.fail('nothing is to be checked');

for (const [what, args, sentence] of [
  ['no address', [], /The address is missing/],
  ['two addresses', ['http://a/', 'http://b/'], /one address too many: http:\/\/b\//],
  ['what is no address', ['stream.m3u8'], /“stream\.m3u8” is not an address/],
  ['another scheme', ['file:///etc/passwd'], /is not an address that begins with http/],
  ['a time that is none', ['http://a/', '--seconds', 'soon'], /--seconds is a number from 1 to/],
  ['no time at all', ['http://a/', '--seconds', '0'], /--seconds is a number from 1 to/],
  ['an option that there is none of', ['http://a/', '--fast'], /--fast/],
] as const) {
  test(`${what} is told of, with the usage, and ends with 2`, async () => {
    const { exit, err } = await run(args, never);

    assert.equal(exit, 2);
    assert.match(err, sentence);
    assert.match(err, /npm run check:llhls -- URL \[--seconds N\]/);
  });
}

test('a stream that keeps the rules ends with 0, one that breaks a must with 1, none at all with 2', async () => {
  const counted = (broken: number): Promise<CheckedStream> =>
    Promise.resolve({ counts: [{ ...MUST, checked: 1, broken, first: undefined }], summary: '1 request' });

  const good = await run(['http://a/x.m3u8', '--seconds', '7'], ({ url, seconds }) => {
    assert.deepEqual([url, seconds], ['http://a/x.m3u8', 7]);
    return counted(0);
  });
  const bad = await run(['http://a/x.m3u8'], () => counted(1));
  const none = await run(['http://a/x.m3u8'], () => Promise.reject(new NotAStream('it is a page of HTML')));

  assert.deepEqual([good.exit, bad.exit, none.exit], [0, 1, 2]);
  assert.match(good.out, /^http:\/\/a\/x\.m3u8\n1 request\n/);
  assert.equal(none.err, 'it is a page of HTML\n');
});
