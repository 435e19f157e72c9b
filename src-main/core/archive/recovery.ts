import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import { type RecordingJson, readRecordingJson } from './recording-json.ts';
import type { StoredAsset } from './stored-asset.ts';

/**
 * After a start nothing is live, so whatever says otherwise was cut off: by a crash, a kill, a power cut. The folders are right and the
 * catalogue follows them.
 */
export async function recoverAssets(options: {
  readonly rows: Repository<StoredAsset>;
  readonly assetsFolder: string;
  readonly logger: Logger;
  /** Checks and repairs a recording and makes it on-demand. */
  readonly finalise: (name: string) => Promise<void>;
  /** Gives a folder that the catalogue does not know its row back. */
  readonly adopt: (json: RecordingJson) => void;
  readonly recovered: (name: string) => void;
}): Promise<void> {
  const { rows, assetsFolder, logger } = options;
  await mkdir(assetsFolder, { recursive: true });
  const known = new Set(rows.list().map(({ assetId }) => assetId));
  for (const entry of await readdir(assetsFolder)) {
    const folder = join(assetsFolder, entry);
    if (entry.endsWith('.deleted')) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (known.has(entry)) {
      continue;
    }
    const json = await readRecordingJson(folder);
    if (json?.assetId !== entry || rows.get(json.name) !== undefined) {
      logger.warn({ folder: entry }, 'a folder among the assets belongs to none; it is left alone');
      continue;
    }
    options.adopt(json);
  }
  for (const { name, state } of rows.list()) {
    if (state === 'recording' || state === 'finalising') {
      logger.warn({ asset: name }, 'the recording was cut off; it is being recovered');
      await options.finalise(name);
      options.recovered(name);
    }
  }
}
