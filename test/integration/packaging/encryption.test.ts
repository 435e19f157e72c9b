import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sampleCiphers } from '../../../src-main/core/packaging/encryption/ciphers.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { Publication } from '../../../src-main/core/ports/presentation.ts';
import type { Protection } from '../../../src-main/core/ports/protection.ts';
import type { EncryptionTag } from '../../../src-main/core/ports/streaming-format.ts';
import { protectChunks } from '../../../src-main/media/cenc/protect-chunks.ts';
import { protectInit } from '../../../src-main/media/cenc/protect-init.ts';
import { createSampleMap } from '../../../src-main/media/cenc/subsamples.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { decryptedPackets } from '../../support/decrypted-packets.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../support/fake-protection.ts';
import { openKeyServer } from '../../support/key-server.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { ffmpeg, openFolder, pictureHashes, readFragmented, samplesOf } from '../media/ffmpeg-media.ts';
import {
  type Broadcast,
  type EncodedTrack,
  encode,
  openBroadcast,
  openTinyOrigin,
  playedHashes,
  START_SECONDS,
} from './packaged-media.ts';

const CLOCK_MS = Number(START_SECONDS) * 1000;

function published(broadcast: Broadcast, protection: Protection): Publication {
  return { ...fakePublication(broadcast.presentation), protect: () => protection };
}

/** The bytes at an address relative to the manifest. */
function reader(publication: Publication) {
  const packager = createPackager({ clock: manualClock(CLOCK_MS) });
  return async (path: string): Promise<Buffer> => {
    const { resource } = packager.parse(`/0f0e/stream.ism/${path}`);
    const answer = await packager.answer(publication, resource, '');
    assert(answer.kind === 'media' || answer.kind === 'manifest', `${path}: ${answer.kind}`);
    return answer.kind === 'media' ? Buffer.concat(answer.chunks) : Buffer.from(answer.document.identity());
  };
}

async function bytesAt(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

suite('encrypted media', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let folder: ReturnType<typeof openFolder>;
  let encoded: readonly EncodedTrack[];
  before(() => {
    folder = openFolder();
    encoded = encode(folder, 7);
  });
  after(() => folder[Symbol.dispose]());

  for (const tag of ['cenc', 'cbcs-aapl'] as const satisfies readonly EncryptionTag[]) {
    test(`another program decrypts ${tag} to what was encoded, and with another key to something else`, async () => {
      using place = openFolder();
      await using broadcast = await openBroadcast(place, encoded);
      broadcast.pushUntil(7);
      await broadcast.end();
      const read = reader(published(broadcast, fakeProtection(tag)));

      for (const { track, samples } of encoded) {
        const window = broadcast.presentation.tracks().find((one) => one.track.id === track.id)!;
        const address = (subject: string): string =>
          `QualityLevels(${track.bitrate})/Fragments(${track.name}=${subject},format=mpd-time-cmaf,encryption=${tag})`;
        const parts = [await read(address('i'))];
        for (let index = 0; index < window.segments.length; index += 1) {
          parts.push(await read(address(String(window.segments.at(index).time))));
        }
        const file = Buffer.concat(parts);
        const plain = samples.map(({ data }) => Buffer.from(data).toString('base64'));

        const right = await decryptedPackets(file, FAKE_KEY.value);
        const wrong = await decryptedPackets(file, Buffer.alloc(16, 7));

        assert.deepEqual(
          right.map((data) => Buffer.from(data).toString('base64')),
          plain,
          `${tag} ${track.id}`,
        );
        assert.notDeepEqual(
          wrong.map((data) => Buffer.from(data).toString('base64')),
          plain,
        );
      }
    });
  }

  test('single pictures are decrypted to the first of each segment', async () => {
    using place = openFolder();
    await using broadcast = await openBroadcast(place, encoded);
    broadcast.pushUntil(7);
    await broadcast.end();
    const read = reader(published(broadcast, fakeProtection('cbcs-aapl')));
    const [window] = broadcast.presentation.tracks();
    const [{ samples }] = [encoded[0]!];
    const address = (subject: string): string =>
      `QualityLevels(800000)/${subject},format=m3u8-cmaf,encryption=cbcs-aapl).mp4`;
    const parts = [await read(address('Fragments(video=i'))];
    for (let index = 0; index < window!.segments.length; index += 1) {
      parts.push(await read(address(`KeyFrames(video=${window!.segments.at(index).time}`)));
    }

    const pictures = await decryptedPackets(Buffer.concat(parts), FAKE_KEY.value);

    assert.deepEqual(
      pictures.map((data) => Buffer.from(data)),
      samples.filter(({ sync }) => sync).map(({ data }) => Buffer.from(data)),
    );
  });

  test('parts of encrypted media end to end are their segment, and so is one that is sent while it grows', async () => {
    for (const [tag, rotation] of [
      ['cenc', {}],
      ['cbcs-aapl', {}],
      ['cbcs-aapl', { cryptoPeriodMs: 4000 }],
    ] as const) {
      using place = openFolder();
      await using media = new AsyncDisposableStack();
      const broadcast = media.use(await openBroadcast(place, encoded));
      const publication = published(broadcast, fakeProtection(tag, rotation));
      const read = reader(publication);
      const packager = createPackager({ clock: manualClock(CLOCK_MS) });
      const origin = media.use(await openTinyOrigin(packager, publication));
      broadcast.pushUntil(4.7);
      const [window] = broadcast.presentation.tracks();
      const time = window!.open!.time;
      const folderOf = 'QualityLevels(800000)/';
      const name = (options: string): string =>
        `${folderOf}Fragments(video=${time},format=m3u8-cmaf,encryption=${tag}${options})`;
      const first = await read(name(',part=1'));

      const growing = bytesAt(`${origin.url}/${name('')}`);
      await pause(50);
      for (let seconds = 5; seconds <= 7; seconds += 0.2) {
        broadcast.pushUntil(seconds);
        await pause(5);
      }
      const whole = await read(name(''));

      assert.deepEqual(await growing, whole, tag);
      assert(whole.indexOf(first) > 0, 'a part that was read before the end');
      assert.deepEqual(origin.refused, []);
    }
  });

  test('whole fragments are encrypted with the key and the IV of their playlist, the header too', async () => {
    using place = openFolder();
    await using broadcast = await openBroadcast(place, encoded);
    broadcast.pushUntil(5);
    const clear = reader(fakePublication(broadcast.presentation));
    const read = reader(published(broadcast, fakeProtection('cbc')));
    const { time } = broadcast.presentation.tracks()[0]!.segments.at(0);
    const decrypt = (bytes: Buffer): Buffer => {
      const cipher = createDecipheriv('aes-128-cbc', FAKE_KEY.value, FAKE_KEY.iv);
      return Buffer.concat([cipher.update(bytes), cipher.final()]);
    };

    for (const subject of ['i', String(time)]) {
      const path = `QualityLevels(800000)/Fragments(video=${subject},format=m3u8-cmaf`;
      const encrypted = await read(`${path},encryption=cbc)`);

      assert.equal(encrypted.length % 16, 0);
      assert.deepEqual(decrypt(encrypted), await clear(`${path})`));
    }
  });

  test('ffmpeg plays HLS with AES-128 to the frames of the encoder, and nothing with another key', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    broadcast.pushUntil(7);
    await broadcast.end();
    const play = async (value: Uint8Array, format: string): Promise<readonly string[]> => {
      await using server = await openKeyServer({ ...FAKE_KEY, value });
      const systems = [{ kind: 'envelope', keyUri: server.keyUri }] as const;
      const publication = published(broadcast, fakeProtection('cbc', { systems }));
      await using origin = await openTinyOrigin(createPackager({ clock: manualClock(CLOCK_MS) }), publication);
      const url = `${origin.url}/manifest(format=${format},encryption=cbc)`;
      return await playedHashes(['-i', url], '0:v:0');
    };

    for (const format of ['m3u8-cmaf', 'm3u8-aapl', 'm3u8-aapl-v3']) {
      assert.deepEqual(await play(FAKE_KEY.value, format), pictureHashes(encoded[0]!.file, '0'), format);
    }
    assert.deepEqual(await play(Buffer.alloc(16, 7), 'm3u8-cmaf'), []);
  });

  test('another program decrypts H.265 to what was encoded', async () => {
    using place = openFolder();
    const file = place.path('h265.mp4');
    ffmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30', '-t', '2', '-pix_fmt', 'yuv420p', '-c:v', 'libx265'],
      ...['-x265-params', 'log-level=error:keyint=30:slices=2', '-tag:v', 'hvc1', '-f', 'mp4'],
      ...['-movflags', '+frag_every_frame+empty_moov+default_base_moof', file],
    ]);
    const [read] = readFragmented(file);
    const { description } = read!;
    const samples = samplesOf(read);
    const protection = { scheme: 'cbcs', keyId: Buffer.alloc(16, 9), constantIv: FAKE_KEY.iv } as const;
    const chunks = writeChunk(samples, { sequenceNumber: 1, kind: 'video' }).bytes;

    for (const scheme of ['cenc', 'cbcs'] as const) {
      const init = protectInit(writeInitSegment(description), description, { ...protection, scheme }, []);
      const media = protectChunks(chunks, {
        scheme,
        constantIv: FAKE_KEY.iv,
        ciphers: sampleCiphers(FAKE_KEY),
        map: createSampleMap(description),
        firstIv: () => 7n,
      });
      const right = await decryptedPackets(Buffer.concat([init, media]), FAKE_KEY.value);

      assert(!Buffer.from(media).includes(Buffer.from(samples[0]!.data).subarray(-64)), 'it is encrypted');
      assert.deepEqual(
        right.map((data) => Buffer.from(data).toString('base64')),
        samples.map(({ data }) => Buffer.from(data).toString('base64')),
      );
    }
  });
});
