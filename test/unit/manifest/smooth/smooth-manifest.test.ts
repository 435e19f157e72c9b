import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  expandRuns,
  type FragmentRun,
  fragmentRuns,
  writeFragmentRuns,
} from '../../../../src-main/manifest/smooth/fragment-runs.ts';
import type { QualityLevel } from '../../../../src-main/manifest/smooth/quality-level.ts';
import {
  parseSmoothManifest,
  type SmoothManifest,
  writeSmoothManifest,
} from '../../../../src-main/manifest/smooth/smooth-manifest.ts';
import type { StreamIndex } from '../../../../src-main/manifest/smooth/stream-index.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { some } from '../some.ts';

const small = fc.nat(100_000);
const time = fc.bigInt({ min: 0n, max: 2n ** 63n }).map(ticks);
const words = fc
  .string({ unit: 'grapheme', maxLength: 16 })
  .map((text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '-'));
const bytes = fc.uint8Array({ maxLength: 20 });

const quality: fc.Arbitrary<QualityLevel> = fc
  .tuple(
    fc.record({ index: small, bitrate: small, fourCc: words, codecPrivateData: bytes }, { noNullPrototype: true }),
    some<Omit<QualityLevel, 'index' | 'bitrate' | 'fourCc' | 'codecPrivateData'>>({
      maxWidth: small,
      maxHeight: small,
      samplingRate: small,
      channels: small,
      bitsPerSample: small,
      packetSize: small,
      audioTag: small,
      customAttributes: fc
        .array(fc.tuple(words, words), { minLength: 1, maxLength: 2 })
        .map((entries) => new Map(entries)),
    }),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const run: fc.Arbitrary<FragmentRun> = fc.oneof(
  fc.record({ time, duration: small, count: fc.integer({ min: 1, max: 50 }) }, { noNullPrototype: true }),
  fc.record({ time, duration: small, count: fc.constant(1), content: bytes }, { noNullPrototype: true }),
);

const stream: fc.Arbitrary<StreamIndex> = fc
  .tuple(
    fc.record(
      {
        type: fc.constantFrom('video' as const, 'audio' as const, 'text' as const),
        name: words,
        url: words,
        fragmentCount: small,
        qualities: fc.array(quality, { maxLength: 3 }),
        fragments: fc.array(run, { maxLength: 4 }),
      },
      { noNullPrototype: true },
    ),
    some<
      Pick<
        StreamIndex,
        'subtype' | 'language' | 'timescale' | 'maxWidth' | 'maxHeight' | 'parentStream' | 'manifestOutput'
      >
    >({
      subtype: words,
      language: words,
      timescale: small,
      maxWidth: small,
      maxHeight: small,
      parentStream: words,
      manifestOutput: fc.boolean(),
    }),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const manifest: fc.Arbitrary<SmoothManifest> = fc
  .tuple(
    fc.record(
      {
        minorVersion: fc.constantFrom(0, 2),
        timescale: small,
        duration: time,
        streams: fc.array(stream, { maxLength: 3 }),
      },
      { noNullPrototype: true },
    ),
    some<Pick<SmoothManifest, 'live' | 'protections'>>({
      live: fc.record(
        { lookAheadFragments: small, windowDuration: time, canSeek: fc.boolean(), canPause: fc.boolean() },
        { noNullPrototype: true },
      ),
      protections: fc.array(fc.record({ systemId: fc.uuid(), content: bytes }, { noNullPrototype: true }), {
        minLength: 1,
        maxLength: 2,
      }),
    }),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

test('any manifest is read back as it was written', () => {
  fc.assert(
    fc.property(manifest, (model) => {
      assert.deepEqual(parseSmoothManifest(writeSmoothManifest(model)), model);
    }),
    { numRuns: 150 },
  );
});

test('a manifest that is cut off or changed anywhere is read or refused, and nothing else happens', () => {
  const texts = fc.sample(manifest, { seed: 3, numRuns: 30 }).map((model) => writeSmoothManifest(model).trimEnd());
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), fc.string({ maxLength: 3 }), (text, place, instead) => {
      const at = place % text.length;
      for (const broken of [text.slice(0, at), `${text.slice(0, at)}${instead}${text.slice(at + 1)}`]) {
        try {
          parseSmoothManifest(broken);
        } catch (error) {
          assert.ok(error instanceof AppError && error.code === 'media/malformed', String(error));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the fragments of runs are those that the runs were made of, and version 2.0 has no repetition', () => {
  const timeline = fc
    .array(fc.record({ duration: fc.integer({ min: 1, max: 4 }), gap: fc.constantFrom(0, 0, 0, 5) }), {
      maxLength: 40,
    })
    .map((steps) => {
      let at = 17_950_000_000_000_000n;
      return steps.map(({ duration, gap }) => {
        const entry = { time: ticks(at + BigInt(gap)), duration };
        at = entry.time + BigInt(duration);
        return entry;
      });
    });
  fc.assert(
    fc.property(timeline, fc.boolean(), (entries, repeats) => {
      const runs = fragmentRuns(entries, { repeats });

      assert.deepEqual([...expandRuns(runs)], entries);
      assert.ok(repeats || runs.every(({ count }) => count === 1));
      assert.equal(
        writeFragmentRuns(runs).includes(' r='),
        runs.some(({ count }) => count > 1),
      );
    }),
  );
});

test('repetitions count all fragments of the run, as MS-SSTR has it and not as DASH', () => {
  const entries = [0n, 20n, 40n].map((at) => ({ time: ticks(at), duration: 20 }));

  assert.equal(writeFragmentRuns(fragmentRuns(entries, { repeats: true })), '<c t="0" d="20" r="3"/>\n');
});

test('what other servers leave out is filled in: times that follow, durations up to the next', () => {
  const text = `<SmoothStreamingMedia MajorVersion="2" Duration="90" IsLive="true" LookaheadFragmentCount="2">
    <StreamIndex Type="video" Url="x"><c d="20"/><c/><c t="50" d="40"/></StreamIndex></SmoothStreamingMedia>`;

  const { streams, timescale, live } = parseSmoothManifest(text);

  assert.deepEqual(streams[0]?.fragments, [
    { time: 0n, duration: 20, count: 1 },
    { time: 20n, duration: 30, count: 1 },
    { time: 50n, duration: 40, count: 1 },
  ]);
  assert.equal(timescale, 10_000_000);
  assert.equal(live?.lookAheadFragments, 2);
});

for (const [what, text] of [
  ['another document', '<MPD/>'],
  ['another version', '<SmoothStreamingMedia MajorVersion="1" Duration="0"/>'],
  ['no duration', '<SmoothStreamingMedia MajorVersion="2"/>'],
  ['a stream of another kind', media('<StreamIndex Type="smell" Url="x"/>')],
  ['a stream without address', media('<StreamIndex Type="video"/>')],
  ['a repetition of nothing', media('<StreamIndex Type="video" Url="x"><c t="0" d="1" r="0"/></StreamIndex>')],
  ['a fragment without end', media('<StreamIndex Type="video" Url="x"><c t="0"/></StreamIndex>')],
  [
    'times that go back where durations are missing',
    media('<StreamIndex Type="video" Url="x"><c t="9"/><c t="2" d="1"/></StreamIndex>'),
  ],
  [
    'more fragments than anybody has',
    media('<StreamIndex Type="video" Url="x"><c d="1" r="1000001"/></StreamIndex>'),
  ],
  ['content that is not base64', media('<StreamIndex Type="text" Url="x"><c d="1"><f>%</f></c></StreamIndex>')],
  [
    'private data that is not hexadecimal',
    media(
      '<StreamIndex Type="video" Url="x"><QualityLevel Index="0" Bitrate="1" CodecPrivateData="xyz"/></StreamIndex>',
    ),
  ],
] as const) {
  test(`a manifest is refused with ${what}`, () => {
    assert.throws(() => parseSmoothManifest(text), { code: 'media/malformed' });
  });
}

for (const broken of [
  { time: ticks(-1), duration: 1, count: 1 },
  { time: ticks(0), duration: 0.5, count: 1 },
  { time: ticks(0), duration: 1, count: 0 },
  { time: ticks(0), duration: 1, count: 2, content: Uint8Array.of(1) },
]) {
  test(`what no manifest can say is not written: ${broken.time}, ${broken.duration}, ${broken.count}`, () => {
    assert.throws(() => writeFragmentRuns([broken]), { code: 'media/malformed' });
  });
}

function media(content: string): string {
  return `<SmoothStreamingMedia MajorVersion="2" Duration="0">${content}</SmoothStreamingMedia>`;
}
