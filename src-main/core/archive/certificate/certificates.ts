import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import { createSerial } from '../../../base/serial.ts';
import type { Asset } from '../../../shared/api/assets.ts';
import { type Certificate, certificate } from '../../../shared/api/certificates.ts';
import type { Problem } from '../../../shared/api/common.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import { problemOf } from '../../../shared/problem.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { CertificateService } from '../../ports/services.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';
import { checkRecording, findMediaFiles } from './check-recording.ts';
import type { DecodeTrack } from './decode-track.ts';

/** Beside the media of the recording, so that it goes where they go. */
const FILE_NAME = 'certificate.json';

/** What was found, and of which files: it holds as long as they are the same. */
const storedCertificate = z.object({
  certificate,
  files: z.array(z.object({ path: z.string(), size: z.number(), changedMs: z.number() })),
});

type Check = { progress: number; readonly ending: AbortController };

/** Checks of finished recordings, one at a time: each reads as fast as the disk can, beside what is live. */
export function createCertificates(options: {
  readonly assets: {
    readonly get: (name: string) => Asset;
    readonly folderOf: (name: string) => string;
    readonly presentationOf: (name: string) => Promise<Presentation | undefined>;
  };
  readonly decode: DecodeTrack;
  readonly clock: Clock;
  readonly logger: Logger;
}): CertificateService & AsyncDisposable {
  const { assets, decode, clock, logger } = options;
  const queue = createSerial();
  const checks = new Map<string, Check>();
  /** What kept the last check of a recording from its end. */
  const problems = new Map<string, Problem>();

  async function check(name: string, begun: Check): Promise<void> {
    const asset = assets.get(name);
    const folder = assets.folderOf(name);
    const presentation = await assets.presentationOf(name);
    if (presentation === undefined) {
      throw emptyOf(asset);
    }
    const files = await findMediaFiles(folder);
    const { signal } = begun.ending;
    const onProgress = (progress: number): void => void (begun.progress = progress);
    const found = await checkRecording({ asset, folder, presentation, files, decode, onProgress, signal });
    const isWhole = found.faults?.length === 0;
    const made: Certificate = {
      asset: name,
      state: isWhole ? (asset.gaps.length === 0 ? 'whole' : 'gaps') : 'faulty',
      checked: new Date(clock.wallMs()).toISOString(),
      ...found,
    };
    await writeFileAtomic(join(folder, FILE_NAME), JSON.stringify({ certificate: made, files }, undefined, 2));
  }

  /** Of the files as they are now; undefined when there is none. */
  async function kept(name: string): Promise<Certificate | undefined> {
    const folder = assets.folderOf(name);
    const text = await readFile(join(folder, FILE_NAME), 'utf8').catch(() => undefined);
    if (text === undefined) {
      return undefined;
    }
    try {
      const stored = storedCertificate.parse(JSON.parse(text));
      const isSame = JSON.stringify(stored.files) === JSON.stringify(await findMediaFiles(folder));
      return isSame ? { ...stored.certificate, asset: name } : undefined;
    } catch (error) {
      logger.warn({ asset: name, error }, 'the certificate of a recording cannot be read; it counts as unchecked');
      return undefined;
    }
  }

  async function of(name: string): Promise<Certificate> {
    assets.get(name);
    const under = checks.get(name);
    return under === undefined
      ? ((await kept(name)) ?? { asset: name, state: 'unchecked', ...problemsOf(name) })
      : { asset: name, state: 'checking', progress: under.progress };
  }

  async function attempt(name: string, begun: Check): Promise<void> {
    try {
      begun.ending.signal.throwIfAborted();
      await check(name, begun);
      problems.delete(name);
    } catch (error) {
      logger.warn({ asset: name, error }, 'a recording could not be checked');
      problems.set(name, problemOf(toAppError(error)));
    } finally {
      checks.delete(name);
    }
  }

  function problemsOf(name: string): { readonly problem?: Problem } {
    const problem = problems.get(name);
    return problem === undefined ? {} : { problem };
  }

  return {
    of,
    async start(name) {
      const asset = assets.get(name);
      if (asset.state === 'recording' || asset.state === 'finalising') {
        throw new AppError(
          'resource/wrong-state',
          `The recording ${asset.title} is still being made. It can be checked when it has ended.`,
          { details: { asset: name, state: asset.state } },
        );
      }
      if (asset.state === 'empty') {
        throw emptyOf(asset);
      }
      if (!checks.has(name)) {
        const begun: Check = { progress: 0, ending: new AbortController() };
        checks.set(name, begun);
        void queue.run(() => attempt(name, begun));
      }
      return await of(name);
    },
    async [Symbol.asyncDispose]() {
      for (const { ending } of checks.values()) {
        ending.abort(new Error('the service ends'));
      }
      await queue.idle();
    },
  };
}

function emptyOf({ name, title }: Asset): AppError {
  return new AppError('archive/empty', `The recording ${title} has no media, so there is nothing to check.`, {
    details: { asset: name },
  });
}
