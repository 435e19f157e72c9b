import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDecodePoints } from '../../../src-main/core/export/decode-points.ts';
import type { OpenFile, WritableFile } from '../../../src-main/core/export/part-file.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { type ExportRig, openExportRig } from '../../support/export-service.ts';
import { encodeTracks, makeRecording, openMadeRecording } from '../../support/make-recording.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';

const skip = missingPrograms('ffmpeg');
const WHOLE = { format: 'mp4', quality: 'top' } as const;

let root: string;
let processes: OwnedProcesses;
let recordings = 0;
let tracks: Awaited<ReturnType<typeof encodeTracks>>;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lectern-export-faults-'));
  processes = openProcesses();
  if (skip === false) {
    tracks = await encodeTracks(join(root, 'encoded'), {
      seconds: 4,
      videoBitrates: [4_000_000],
      size: '640x360',
    });
  }
});
after(async () => {
  await processes[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

async function freshRecording(repeat = 1): Promise<string> {
  recordings += 1;
  const folder = join(root, `asset-${recordings}`);
  await makeRecording({ folder, tracks, repeat, rollSeconds: 20 });
  return folder;
}

function realDecode() {
  return createDecodePoints({ run: processes.runToEnd, ffmpeg: () => Promise.resolve('ffmpeg') });
}

/** What the first export of a rig came to, written to a place of the user. */
async function outcome(rig: ExportRig): Promise<readonly [string, string | undefined, readonly string[]]> {
  const { id } = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
  const { state, error } = await rig.exports.ended('talk', id);
  return [state, error?.code, await readdir(rig.outFolder)];
}

/** A disk that has only so many bytes, and writes what still fits of the last piece. */
function smallDisk(capacity: number): OpenFile {
  return async (path) => {
    const file = await open(path, 'wx');
    let left = capacity;
    const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const write = async (bytes: Uint8Array, position: number | null | undefined) => {
      if (left === 0) {
        throw full();
      }
      const taken = bytes.subarray(0, left);
      left -= taken.length;
      await file.write(taken, 0, taken.length, position ?? 0);
      return taken.length;
    };
    const small = {
      async writev(buffers: readonly Uint8Array[], position?: number) {
        return { bytesWritten: await write(Buffer.concat(buffers), position), buffers: [...buffers] };
      },
      async write(bytes: Uint8Array, offset?: number, length?: number, position?: number | null) {
        const from = offset ?? 0;
        const part = bytes.subarray(from, from + (length ?? bytes.length - from));
        return { bytesWritten: await write(part, position), buffer: bytes };
      },
      datasync: async () => await file.datasync(),
      truncate: async (length?: number) => await file.truncate(length),
      close: async () => await file.close(),
    };
    // The few calls of a FileHandle that an export makes, in the one form it makes them in.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    return small as unknown as WritableFile;
  };
}

suite('an export that meets trouble', { skip }, () => {
  test('leaves nothing behind on a disk that becomes full, and says so', async () => {
    await using made = await openMadeRecording(await freshRecording());
    for (const capacity of [0, 100_000, 1_500_000]) {
      await using rig = await openExportRig(made.presentation, { openFile: smallDisk(capacity) });

      assert.deepEqual(await outcome(rig), ['failed', 'archive/disk-full', []], `${capacity} bytes`);
    }
  });

  test('stops while the recording still has room', async () => {
    await using made = await openMadeRecording(await freshRecording(80));
    let looks = 0;
    const space = {
      freeBytes: () => Promise.resolve((looks += 1) > 2 ? 10 : Number.MAX_SAFE_INTEGER),
      spareBytes: () => 1000,
    };
    await using rig = await openExportRig(made.presentation, { space });

    assert.deepEqual(await outcome(rig), ['failed', 'archive/disk-full', []]);
  });

  test('names a recording whose file is shorter than its index, and leaves nothing', async () => {
    const folder = await freshRecording();
    await using made = await openMadeRecording(folder);
    await truncate(join(folder, 'video_4000000', '000001.cmfv'), 1_000_000);
    await using rig = await openExportRig(made.presentation);

    assert.deepEqual(await outcome(rig), ['failed', 'archive/damaged', []]);
  });

  test('names a recording whose file is gone', async () => {
    const folder = await freshRecording();
    await using made = await openMadeRecording(folder);
    await rm(join(folder, 'audio_96000', '000001.cmfa'));
    await using rig = await openExportRig(made.presentation);

    assert.deepEqual(await outcome(rig), ['failed', 'archive/damaged', []]);
  });

  test('names a recording with bytes in it that are no media', async () => {
    const folder = await freshRecording();
    await using made = await openMadeRecording(folder);
    const path = join(folder, 'video_4000000', '000001.cmfv');
    const bytes = await readFile(path);
    const moof = bytes.indexOf('moof', 1_000_000);
    bytes.fill(0xaa, moof - 4, moof + 60);
    await writeFile(path, bytes);
    await using rig = await openExportRig(made.presentation);

    assert.deepEqual(await outcome(rig), ['failed', 'archive/damaged', []]);
  });

  test('whose data was changed behind its back fails the check by decoding', async () => {
    await using made = await openMadeRecording(await freshRecording());
    const decode = realDecode();
    await using rig = await openExportRig(made.presentation, {
      async decode(path, points, signal) {
        const file = await open(path, 'r+');
        const half = Math.floor((await file.stat()).size / 2);
        await file.write(Buffer.alloc(half), 0, half, Math.floor(half / 2));
        await file.close();
        return await decode(path, points, signal);
      },
    });

    assert.deepEqual(await outcome(rig), ['failed', 'export/check-failed', []]);
  });

  test('leaves nothing wherever it is cancelled', async () => {
    await using made = await openMadeRecording(await freshRecording(20));
    for (let delayMs = 0; delayMs < 300; delayMs += 17) {
      await using rig = await openExportRig(made.presentation, { decode: realDecode() });
      const { id } = await rig.exports.create('talk', { ...WHOLE, out: join(rig.outFolder, 'talk.mp4') });
      await sleep(delayMs);
      const before = rig.exports.get('talk', id).state;

      await rig.exports.cancel('talk', id);

      if (before === 'done') {
        // It was forgotten, and the file of the user stays.
        assert.deepEqual(await readdir(rig.outFolder), ['talk.mp4']);
      } else {
        assert.equal(rig.exports.get('talk', id).state, 'cancelled');
        assert.deepEqual(await readdir(rig.outFolder), [], `cancelled after ${delayMs} ms, while ${before}`);
      }
    }
  });
});
