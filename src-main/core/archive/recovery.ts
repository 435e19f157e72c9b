import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guid } from '../../shared/api/common.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import { DELETED } from './asset-folder.ts';
import { createdAt, describeMedia } from './describe-media.ts';
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
  /** Completes a deletion. */
  readonly forget: (name: string) => void;
  readonly recovered: (name: string) => void;
}): Promise<void> {
  const { rows, assetsFolder, logger } = options;
  await mkdir(assetsFolder, { recursive: true });
  const known = new Map(rows.list().map(({ assetId, name }) => [assetId, name]));
  for (const entry of await readdir(assetsFolder)) {
    const folder = join(assetsFolder, entry);
    if (entry.endsWith(DELETED)) {
      const name = known.get(entry.slice(0, -DELETED.length));
      if (name !== undefined) {
        options.forget(name);
      }
      await rm(folder, { recursive: true, force: true });
    } else if (!known.has(entry)) {
      const json = await ownerOf(folder, entry, logger);
      if (json === undefined) {
        logger.warn({ folder: entry }, 'a folder among the assets belongs to none; it is left alone');
      } else {
        options.adopt({ ...json, name: freeName(json.name, rows) });
      }
    }
  }
  for (const { name, state } of rows.list()) {
    if (state === 'recording' || state === 'finalising') {
      logger.warn({ asset: name }, 'the recording was cut off; it is being recovered');
      await options.finalise(name);
      options.recovered(name);
    }
  }
}

/** Whose a folder is that no row knows: by its own word, or by its media when that is lost too. */
async function ownerOf(folder: string, entry: string, logger: Logger): Promise<RecordingJson | undefined> {
  const json = await readRecordingJson(folder);
  if (json !== undefined || !guid.safeParse(entry).success) {
    return json?.assetId === entry ? json : undefined;
  }
  try {
    return await describeMedia(folder, {
      assetId: entry,
      name: `recovered-${entry.slice(0, 8)}`,
      title: 'Recovered recording',
      created: await createdAt(folder),
    });
  } catch (error) {
    logger.error({ folder, error }, 'the media of a folder among the assets cannot be read');
    return undefined;
  }
}

function freeName(wanted: string, rows: Repository<StoredAsset>): string {
  let name = wanted;
  for (let number = 2; rows.get(name) !== undefined; number += 1) {
    name = `${wanted} (${number})`;
  }
  return name;
}
