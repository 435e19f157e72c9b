import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { ContentKey, Protection } from '../../../src-main/core/ports/protection.ts';
import { checkSmooth } from '../../../src-main/manifest/smooth/check/check-smooth.ts';
import type { SmoothManifest } from '../../../src-main/manifest/smooth/smooth-manifest.ts';
import { keyIdBytes } from '../../../src-main/media/cenc/key-id.ts';
import { protectInit } from '../../../src-main/media/cenc/protect-init.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { type BoxReader, readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { type FragmentTime, parseTfxd } from '../../../src-main/media/isobmff/tfxd.ts';
import { parseTrun } from '../../../src-main/media/isobmff/trun.ts';
import { parseTfrf } from '../../../src-main/media/smooth/tfrf.ts';
import { decryptedPackets } from '../../support/decrypted-packets.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { fakeProtection } from '../../support/fake-protection.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { downloadQuality, fetchManifest, fragmentPath, fragmentsOf } from '../../support/smooth-client.ts';
import { openFolder, pictureHashes } from '../media/ffmpeg-media.ts';
import { type EncodedTrack, encode, openBroadcast, openTinyOrigin, START_SECONDS } from './packaged-media.ts';

const NAMES = ['manifest', 'Manifest(format=fmp4-v20)'] as const;

suite('Smooth Streaming', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let folder: ReturnType<typeof openFolder>;
  let encoded: readonly EncodedTrack[];
  before(() => {
    folder = openFolder();
    encoded = encode(folder, 11);
  });
  after(() => folder[Symbol.dispose]());

  test('a recording that is downloaded fragment by fragment decodes to the frames of the encoder, bit for bit', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    broadcast.pushUntil(12);
    await broadcast.end();
    const reader = media.use(createSegmentReader());
    const recording = createRecordingPresentation({
      id: 'recording',
      folder: place.path('recording'),
      reader,
      tracks: broadcast.timeline.tracks(),
      segmentSeconds: 2,
      epochOffsetMs: 0,
    });
    const origin = media.use(
      await openTinyOrigin(createPackager({ clock: systemClock() }), fakePublication(recording)),
    );

    const files: { readonly file: string; readonly bitrate: number; readonly bytes: Buffer }[] = [];
    for (const [index, name] of NAMES.entries()) {
      const manifest = await fetchManifest(`${origin.url}/${name}`);
      assert.deepEqual(checkSmooth(undefined, manifest), []);
      for (const stream of manifest.streams) {
        for (const quality of stream.qualities) {
          const bytes = await downloadQuality(origin.url, manifest, stream, quality);
          const { bitrate } = quality;
          files.push({ file: place.path(`${index}-${stream.name}-${bitrate}.mp4`), bitrate, bytes });
        }
      }
    }

    assert.equal(files.length, 2 * encoded.length);
    for (const { file, bitrate, bytes } of files) {
      writeFileSync(file, bytes);
      const source = encoded.find(({ track }) => track.bitrate === bitrate);
      assert.deepEqual(pictureHashes(file, '0'), pictureHashes(source!.file, '0'), file);
    }
    assert.deepEqual(origin.refused, []);
  });

  test('fragments tell of those that follow as they come, and are the same whenever they are asked for', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    const packager = createPackager({ clock: manualClock(Number(START_SECONDS) * 1000) });
    const origin = media.use(await openTinyOrigin(packager, fakePublication(broadcast.presentation)));
    broadcast.pushUntil(8.2);
    const manifest = await fetchManifest(`${origin.url}/manifest`);
    const [video] = manifest.streams;
    const [quality] = video!.qualities;
    const listed = fragmentsOf(video!);
    const last = listed.at(-1)!;
    const read = async (time: bigint): Promise<Response> =>
      await fetch(`${origin.url}/${fragmentPath(video!, quality!, time)}`);

    const early = Buffer.from(await (await read(last.time)).arrayBuffer());
    const following = followingOf(early);
    assert.deepEqual(timeOf(early), { time: last.time, duration: BigInt(last.duration) });
    assert.deepEqual(
      following?.map(({ time }) => time),
      [last.time + 20_000_000n, last.time + 40_000_000n],
    );
    assert.equal((await read(following[0]!.time)).status, 412);
    broadcast.pushUntil(12);
    assert.equal((await read(following[0]!.time)).status, 200);
    const { pathname } = new URL((await read(last.time)).url);
    const head = await fetch(`${new URL(origin.url).origin}${pathname.replace('/Fragments(', '/FragmentInfo(')}`);
    const keyFrame = await fetch(`${new URL(origin.url).origin}${pathname.replace('/Fragments(', '/KeyFrames(')}`);
    const late = Buffer.from(await (await read(last.time)).arrayBuffer());

    assert.deepEqual(late, early);
    assert.deepEqual(followingOf(Buffer.from(await head.arrayBuffer())), following);
    const picture = Buffer.from(await keyFrame.arrayBuffer());
    assert.ok(picture.length < early.length && picture.length > 1000, String(picture.length));
  });

  const KEY: ContentKey = {
    id: '0872786e-f9e7-465f-a3a2-4e5b0ef8fa45',
    value: Buffer.from('0123456789abcdeffedcba9876543210', 'hex'),
    iv: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  };

  /** The bytes of one fragment. */
  type Pair = { readonly path: string; readonly clear: Buffer; readonly encrypted: Buffer };

  /** The newest listed fragment of each stream, clear and under a protection, and the manifest of that. */
  async function encryptedFragments(
    protection: Protection,
  ): Promise<{ readonly manifest: SmoothManifest; readonly pairs: readonly Pair[] }> {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    const packager = createPackager({ clock: manualClock(Number(START_SECONDS) * 1000) });
    const publication = {
      ...fakePublication(broadcast.presentation),
      protect: (_: unknown, tag: string | undefined) => (tag === undefined ? undefined : protection),
    };
    const origin = media.use(await openTinyOrigin(packager, publication));
    broadcast.pushUntil(10);
    const manifest = await fetchManifest(`${origin.url}/manifest(encryption=${protection.tag})`);
    assert.deepEqual(checkSmooth(undefined, manifest), []);
    const pairs = [];
    for (const stream of manifest.streams) {
      const path = fragmentPath(stream, stream.qualities[0]!, fragmentsOf(stream).at(-1)!.time);
      assert.match(path, new RegExp(`,encryption=${protection.tag}\\)$`));
      const [encrypted, clear] = await Promise.all(
        [path, path.replace(`,encryption=${protection.tag}`, '')].map(async (one) => {
          const answer = await fetch(`${origin.url}/${one}`);
          assert.equal(answer.status, 200, await answer.clone().text());
          return Buffer.from(await answer.arrayBuffer());
        }),
      );
      pairs.push({ path, clear: clear!, encrypted: encrypted! });
    }
    return { manifest, pairs };
  }

  for (const tag of ['cenc', 'piff'] as const) {
    test(`encrypted samples (${tag}) are decrypted with what their fragment says to what they were`, async () => {
      const { manifest, pairs } = await encryptedFragments({
        scheme: 'CommonEncryptionCenc',
        tag,
        keyOf: () => KEY,
        systemsOf: () => [{ kind: 'playready', licenseUrl: 'https://keys.example/', customAttributes: undefined }],
      });

      const [header] = manifest.protections ?? [];
      assert.equal(header?.systemId, '9a04f079-9840-4286-ab92-e65be0885f95');
      assert.match(Buffer.from(header.content.subarray(10)).toString('utf16le'), /AESCTR.*keys\.example/);
      assert.equal(pairs.length, 2);
      for (const { clear, encrypted } of pairs) {
        const [before, after] = [clear, encrypted].map((bytes) => readBoxes(new Uint8Array(bytes)));
        const clearData = before!.require('mdat').rest();
        const data = after!.require('mdat').rest();
        assert.notDeepEqual(data, clearData);
        assert.deepEqual(decrypted(encrypted, data, tag), Buffer.from(clearData));
      }
    });
  }

  test('another program decrypts the fragments (cenc) to what they were, and with another key to something else', async () => {
    const { pairs } = await encryptedFragments(fakeProtection('cenc', { key: KEY }));

    for (const { path, clear, encrypted } of pairs) {
      const { track } = encoded.find(({ track: { bitrate } }) => path.includes(`(${bitrate})`))!;
      const header = writeInitSegment(track);
      const secret = { scheme: 'cenc', keyId: keyIdBytes(KEY.id), constantIv: KEY.iv } as const;
      const file = Buffer.concat([protectInit(header, track, secret, []), encrypted]);

      const plain = await decryptedPackets(Buffer.concat([header, clear]), KEY.value);
      assert.ok(plain.length > 40, `${plain.length} samples`);
      assert.deepEqual(await decryptedPackets(file, KEY.value), plain);
      assert.notDeepEqual(await decryptedPackets(file, Buffer.alloc(16, 7)), plain);
    }
  });

  test('whole fragments are encrypted with AES-128, and the manifest says where the key is', async () => {
    const { manifest, pairs } = await encryptedFragments({
      scheme: 'EnvelopeEncryption',
      tag: 'cbc',
      keyOf: () => KEY,
      systemsOf: () => [{ kind: 'envelope', keyUri: 'https://keys.example/?kid=1&a=b' }],
    });

    const [header] = manifest.protections ?? [];
    assert.equal(header?.systemId, 'b47b251a-2409-4b42-958e-08dbae7b4ee9');
    const text = Buffer.from(header.content).toString();
    assert.match(text, /urn:mpeg:dash:sea:2012/);
    assert.match(text, /keyUriTemplate="https:\/\/keys\.example\/\?kid=1&amp;a=b"/);
    for (const { clear, encrypted } of pairs) {
      const cipher = createDecipheriv('aes-128-cbc', KEY.value, KEY.iv);
      assert.deepEqual(Buffer.concat([cipher.update(encrypted), cipher.final()]), clear);
    }
  });

  test('a fragment of another encryption than Smooth Streaming has is refused', async () => {
    await assert.rejects(
      encryptedFragments({
        scheme: 'CommonEncryptionCbcs',
        tag: 'cbcs-aapl',
        keyOf: () => KEY,
        systemsOf: () => [],
      }),
      /415/,
    );
  });

  /** Decrypts as a client does: by the fragment alone. */
  function decrypted(fragment: Buffer, data: Uint8Array, tag: 'cenc' | 'piff'): Buffer {
    const traf = readBoxes(new Uint8Array(fragment)).require('moof').require('traf');
    const boxes = [...readBoxes(new Uint8Array(fragment)).require('moof').require('traf').children()];
    const info =
      tag === 'cenc'
        ? boxes.find(({ type }) => type === 'senc')!
        : boxes.find(
            (box) =>
              box.type === 'uuid' &&
              Buffer.from(box.bytes(16)).toString('hex') === 'a2394f525a9b4f14a2446c427c648df4',
          )!;
    const { flags } = info.fullBox(0);
    const run = parseTrun(traf.require('trun'), 10_000);
    assert.equal(info.u32(), run.sampleCount);
    const clear: Buffer[] = [];
    let at = 0;
    for (const size of run.sizes!) {
      const sample = Buffer.from(data.subarray(at, at + size));
      at += size;
      const iv = Buffer.concat([info.bytes(8), Buffer.alloc(8)]);
      const cipher = createDecipheriv('aes-128-ctr', KEY.value, iv);
      if ((flags & 2) === 0) {
        clear.push(cipher.update(sample));
        continue;
      }
      let place = 0;
      for (let count = info.u16(); count > 0; count -= 1) {
        place += info.u16();
        const length = info.u32();
        cipher.update(sample.subarray(place, place + length)).copy(sample, place);
        place += length;
      }
      clear.push(sample);
    }
    return Buffer.concat(clear);
  }
});

function trafBoxes(fragment: Buffer): BoxReader[] {
  return [...readBoxes(new Uint8Array(fragment)).require('moof').require('traf').children()].filter(
    ({ type }) => type === 'uuid',
  );
}

function timeOf(fragment: Buffer): FragmentTime | undefined {
  return trafBoxes(fragment).flatMap((box) => parseTfxd(box) ?? [])[0];
}

function followingOf(fragment: Buffer): readonly FragmentTime[] | undefined {
  return trafBoxes(fragment).flatMap((box) => {
    const found = parseTfrf(box);
    return found === undefined ? [] : [found];
  })[0];
}
