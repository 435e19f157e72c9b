import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import { exportJob } from '../../shared/api/assets.ts';
import { guid } from '../../shared/api/common.ts';

/** One job as it is kept beside the exported files, so that a restart knows what to offer and what to clear away. */
const jobRecord = z.strictObject({
  job: exportJob,
  /** Names are given again; this is not. */
  assetId: guid,
  /** Where the finished file or folder is or would have been. */
  target: z.string(),
  /** The unfinished file. */
  part: z.string(),
  /** The file lives and dies with the job: it was not written to a place that somebody chose. */
  isOurs: z.boolean(),
});
export type JobRecord = z.infer<typeof jobRecord>;

const SUFFIX = '.json';

export type JobRecords = {
  /** Oldest first; what cannot be read is removed. */
  load(): Promise<readonly JobRecord[]>;
  save(record: JobRecord): Promise<void>;
  remove(id: string): Promise<void>;
};

export function createJobRecords(folder: string): JobRecords {
  const pathOf = (id: string): string => join(folder, id + SUFFIX);
  // A job may be noted as begun and as cancelled at once; the last word must be the last on the disk.
  const writes = createSerial();

  async function write(record: JobRecord): Promise<void> {
    const path = pathOf(record.job.id);
    {
      await using file = await open(`${path}.new`, 'w', 0o600);
      await file.writeFile(JSON.stringify(record));
      // On the disk before the file it tells of is begun: else a power cut could leave a file that nobody knows.
      await file.datasync();
    }
    await rename(`${path}.new`, path);
  }

  return {
    async load() {
      await mkdir(folder, { recursive: true });
      const records: JobRecord[] = [];
      for (const name of await readdir(folder)) {
        if (name.endsWith(SUFFIX)) {
          const record = await read(join(folder, name));
          if (record === undefined) {
            await rm(join(folder, name), { force: true });
          } else {
            records.push(record);
          }
        }
      }
      return records.toSorted((a, b) => a.job.created.localeCompare(b.job.created));
    },
    save: async (record) => await writes.run(async () => await write(record)),
    remove: async (id) => await writes.run(async () => await rm(pathOf(id), { force: true })),
  };
}

async function read(path: string): Promise<JobRecord | undefined> {
  try {
    return jobRecord.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
