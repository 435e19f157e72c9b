import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createCertificates } from '../../../src-main/core/archive/certificate/certificates.ts';
import { createDecodeTrack } from '../../../src-main/core/archive/certificate/decode-track.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { CertificateService } from '../../../src-main/core/ports/services.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import type { Certificate } from '../../../src-main/shared/api/certificates.ts';
import { encodeTracks, makeRecording, openMadeRecording } from '../../support/make-recording.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { until } from '../../support/studio-stage.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe', 'sha256sum');
const SECONDS = 8;

let root: string;
let processes: OwnedProcesses;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lectern-certificate-'));
  processes = openProcesses();
  if (skip === false) {
    const tracks = await encodeTracks(join(root, 'encoded'), {
      seconds: SECONDS,
      videoBitrates: [600_000, 200_000],
      bFrames: 2,
    });
    await makeRecording({ folder: join(root, 'made'), tracks, rollSeconds: 4 });
  }
});
after(async () => {
  await processes[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const TALK: Asset = {
  ...{ name: 'talk', assetId: '00000000-0000-4000-8000-000000000001', title: 'Talk', description: '' },
  ...{ tags: [], state: 'ready', created: '2026-05-04T10:00:00Z', lastModified: '2026-05-04T10:00:00Z' },
  ...{ duration: SECONDS, size: 1, tracks: [], gaps: [], locators: [] },
};

/** A copy of the recording, and its certificates. */
async function openRig(
  name: string,
  options: { readonly asset?: Partial<Asset>; readonly ffmpeg?: string } = {},
): Promise<AsyncDisposable & { readonly folder: string; readonly certificates: CertificateService }> {
  const folder = join(root, name);
  await cp(join(root, 'made'), folder, { recursive: true, preserveTimestamps: true });
  await using opened = new AsyncDisposableStack();
  const made = opened.use(await openMadeRecording(folder));
  const certificates = opened.use(
    createCertificates({
      assets: {
        get: () => ({ ...TALK, ...options.asset }),
        folderOf: () => folder,
        presentationOf: () => Promise.resolve(made.presentation),
      },
      decode: createDecodeTrack({
        spawn: processes.spawn,
        ffmpeg: () => Promise.resolve(options.ffmpeg ?? 'ffmpeg'),
      }),
      clock: systemClock(),
      logger: silentLogger,
    }),
  );
  const owned = opened.move();
  return { folder, certificates, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function checked(certificates: CertificateService): Promise<Certificate> {
  assert.equal((await certificates.start('talk')).state, 'checking');
  return await until('it is checked', async () => {
    const found = await certificates.of('talk');
    assert.ok((found.progress ?? 0) >= 0 && (found.progress ?? 0) <= 1);
    return found.state === 'checking' ? undefined : found;
  });
}

test('a whole recording is called whole, with its loudness and the checksums that sha256sum gives', {
  skip,
}, async () => {
  await using rig = await openRig('whole');
  assert.deepEqual(await rig.certificates.of('talk'), { asset: 'talk', state: 'unchecked' });

  const found = await checked(rig.certificates);

  assert.deepEqual([found.state, found.faults, found.duration, found.decodedSegments], ['whole', [], SECONDS, 6]);
  assert.ok(Math.abs(found.soundOffset ?? 1) < 0.05);
  const { integrated = 0, range = -1, truePeak = 1 } = found.loudness ?? {};
  assert.ok(
    integrated > -40 && integrated < -3 && range >= 0 && truePeak > -30 && truePeak < 3,
    JSON.stringify(found),
  );
  assert.ok(found.files !== undefined && found.files.length >= 6);
  const list = found.files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
  execFileSync('sha256sum', ['--check', '--status'], { cwd: rig.folder, input: list });
  assert.deepEqual(await rig.certificates.of('talk'), found, 'it is kept');
});

test('a recording with gaps says so', { skip }, async () => {
  const gaps = [{ start: 2, duration: 1.5 }];
  await using rig = await openRig('gaps', { asset: { gaps } });

  const found = await checked(rig.certificates);

  assert.deepEqual([found.state, found.gaps], ['gaps', gaps]);
});

test('bytes that have turned on the disk are found, and a certificate is only of the files it is of', {
  skip,
}, async () => {
  await using rig = await openRig('turned');
  const before = await checked(rig.certificates);
  const sound = before.files?.find(({ path }) => path.startsWith('audio'));
  assert.ok(sound !== undefined);

  await using file = await open(join(rig.folder, sound.path), 'r+');
  const from = sound.size >> 1;
  await file.write(Buffer.alloc(2000, 0xff), 0, 2000, from);
  await file.close();

  assert.equal((await rig.certificates.of('talk')).state, 'unchecked');
  const found = await checked(rig.certificates);
  assert.equal(found.state, 'faulty');
  assert.match(found.faults?.[0]?.track ?? '', /^audio/);
  assert.notEqual(found.files?.find(({ path }) => path === sound.path)?.sha256, sound.sha256);
});

test('a recording that is being made, an empty one, and a computer without ffmpeg are told of, and nothing is said of the recording', {
  skip,
}, async () => {
  await using recording = await openRig('recording', { asset: { state: 'recording' } });
  await using empty = await openRig('empty', { asset: { state: 'empty' } });
  await using without = await openRig('without', { ffmpeg: join(root, 'no-such-ffmpeg') });

  await assert.rejects(recording.certificates.start('talk'), { code: 'resource/wrong-state' });
  await assert.rejects(empty.certificates.start('talk'), { code: 'archive/empty' });
  const found = await checked(without.certificates);
  assert.equal(found.state, 'unchecked');
  assert.match(found.problem?.code ?? '', /^process\//);
});

test('a certificate that cannot be read counts as none', { skip }, async () => {
  await using rig = await openRig('unreadable');
  await checked(rig.certificates);
  const path = join(rig.folder, 'certificate.json');
  const text = await readFile(path, 'utf8');

  await writeFile(path, text.slice(0, text.length / 2));

  assert.equal((await rig.certificates.of('talk')).state, 'unchecked');
});
