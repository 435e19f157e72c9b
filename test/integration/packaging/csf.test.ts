import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { Presentation, Publication } from '../../../src-main/core/ports/presentation.ts';
import type { AdaptationSet } from '../../../src-main/manifest/dash/adaptation-set.ts';
import { checkMpd } from '../../../src-main/manifest/dash/check/check-mpd.ts';
import { type Mpd, parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { expandTimeline, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { parseSidx } from '../../../src-main/media/isobmff/sidx.ts';
import { decryptedPackets } from '../../support/decrypted-packets.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../support/fake-protection.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openFolder, pictureHashes } from '../media/ffmpeg-media.ts';
import { type EncodedTrack, encode, openBroadcast, openTinyOrigin, playedHashes } from './packaged-media.ts';

suite('DASH of before CMAF', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let folder: ReturnType<typeof openFolder>;
  let encoded: readonly EncodedTrack[];
  let recording: Presentation;
  before(async () => {
    folder = opened.use(openFolder());
    encoded = encode(folder, 7);
    const broadcast = opened.use(await openBroadcast(folder, encoded));
    broadcast.pushUntil(8);
    await broadcast.end();
    recording = createRecordingPresentation({
      id: 'recording',
      folder: folder.path('recording'),
      reader: opened.use(createSegmentReader()),
      tracks: broadcast.timeline.tracks(),
      segmentSeconds: 2,
      epochOffsetMs: 0,
    });
  });
  after(async () => await opened.disposeAsync());

  async function serve(publication: Publication, options: string) {
    const origin = await openTinyOrigin(createPackager({ clock: systemClock() }), publication);
    const address = `${origin.url}/manifest(${options})`;
    const mpd = parseMpd(await (await fetch(address)).text());
    return { origin, address, mpd };
  }

  /** Header and segments of one quality, each as it was sent. */
  async function download(base: string, set: AdaptationSet, bitrate: number): Promise<readonly Uint8Array[]> {
    const template = set.segmentTemplate!;
    const times = [...expandTimeline(timelineRuns(template.timeline!))].map(({ time }) => String(time));
    const names = [template.initialization!, ...times.map((time) => template.media!.replace('$Time$', time))].map(
      (name) => name.replace('$Bandwidth$', String(bitrate)),
    );
    const parts: Uint8Array[] = [];
    for (const name of names) {
      const answer = await fetch(`${base}/${name}`);
      assert.equal(answer.status, 200, name);
      parts.push(new Uint8Array(await answer.arrayBuffer()));
    }
    return parts;
  }

  function qualities(mpd: Mpd): readonly { readonly set: AdaptationSet; readonly track: EncodedTrack }[] {
    return mpd.periods[0]!.adaptationSets.flatMap((set) =>
      set.representations.map(({ bandwidth }) => ({
        set,
        track: encoded.find(({ track }) => track.bitrate === bandwidth)!,
      })),
    );
  }

  test('a recording decodes to the frames of the encoder, bit for bit', async () => {
    const { origin, address, mpd } = await serve(fakePublication(recording), 'format=mpd-time-csf');
    await using _origin = origin;

    assert.deepEqual(checkMpd(undefined, mpd), []);
    const [best, , sound] = encoded;
    for (const [stream, { file }] of [
      ['0:v:0', best!],
      ['0:a:0', sound!],
    ] as const) {
      assert.deepEqual(await playedHashes(['-i', address], stream), pictureHashes(file, '0'), stream);
    }
    assert.deepEqual(origin.refused, []);
  });

  test('each segment is styp, sidx, moof and mdat, and the index is right', async () => {
    const { origin, mpd } = await serve(fakePublication(recording), 'format=mpd-time-csf');
    await using _origin = origin;

    for (const { set, track } of qualities(mpd)) {
      const [init, ...segments] = await download(origin.url, set, track.track.bitrate);
      assert.deepEqual(typesOf(init!), ['ftyp', 'moov']);
      let expected = 0n;
      for (const segment of segments) {
        assert.deepEqual(typesOf(segment), ['styp', 'sidx', 'moof', 'mdat']);
        const index = parseSidx(readBoxes(segment).require('sidx'));
        const [reference] = index.references;
        assert.ok(expected === 0n || index.earliestPresentationTime === expected, track.track.id);
        assert.equal(reference!.size, segment.length - readBoxes(segment).require('moof').offset);
        expected = index.earliestPresentationTime + BigInt(reference!.duration);
      }
    }
  });

  test('encrypted samples (cenc) are decrypted to what they were', async () => {
    const protection = fakeProtection('cenc');
    const publication = { ...fakePublication(recording), protect: () => protection };
    const { origin, mpd } = await serve(publication, 'format=mpd-time-csf,encryption=cenc');
    await using _origin = origin;

    const [set] = mpd.periods[0]!.adaptationSets;
    assert.equal(set?.contentProtections?.[0]?.schemeIdUri, 'urn:mpeg:dash:mp4protection:2011');
    for (const { set, track } of qualities(mpd)) {
      const file = Buffer.concat(await download(origin.url, set, track.track.bitrate));
      assert.deepEqual(
        await decryptedPackets(file, FAKE_KEY.value),
        track.samples.map(({ data }) => new Uint8Array(data)),
        track.track.id,
      );
    }
  });

  test('whole segments are encrypted with AES-128', async () => {
    const protection = fakeProtection('cbc');
    const publication = {
      ...fakePublication(recording),
      protect: (_: unknown, tag: string | undefined) => (tag === undefined ? undefined : protection),
    };
    const encrypted = await serve(publication, 'format=mpd-time-csf,encryption=cbc');
    await using origin = encrypted.origin;
    const clear = parseMpd(await (await fetch(`${origin.url}/manifest(format=mpd-time-csf)`)).text());

    const [{ set, track }] = [qualities(encrypted.mpd)[0]!];
    const sent = await download(origin.url, set, track.track.bitrate);
    const plain = await download(origin.url, qualities(clear)[0]!.set, track.track.bitrate);
    for (const [index, bytes] of sent.entries()) {
      const cipher = createDecipheriv('aes-128-cbc', FAKE_KEY.value, FAKE_KEY.iv);
      assert.deepEqual(Buffer.concat([cipher.update(bytes), cipher.final()]), Buffer.from(plain[index]!));
    }
  });
});

function typesOf(bytes: Uint8Array): readonly string[] {
  return [...readBoxes(bytes).children()].map(({ type }) => type);
}
