import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { Logger } from '../ports/logger.ts';
import type { OpenChunkStore, OutputStore } from '../ports/store.ts';
import { createTrackWriter, type TrackWriter } from './track-writer.ts';

export type ChunkStoreOptions = {
  /** Holds a folder for each event that is being written; empty when nothing is live. */
  readonly spoolFolder: string;
  readonly mayWrite: () => boolean;
  /** A write failed; told once per file. */
  readonly onFault: (eventId: string, error: unknown) => void;
  readonly logger: Logger;
};

/** Stores of live events below one spool folder. */
export function createChunkStores(options: ChunkStoreOptions): OpenChunkStore {
  let opened = 0;

  return ({ eventId, rollSeconds }) => {
    opened += 1;
    // Numbered, because an event whose last output ended may get another one and its files must not meet the old ones.
    const spoolFolder = join(options.spoolFolder, `${eventId}-${opened}`);
    const writers = new Map<string, TrackWriter>();
    const outputs = new Set<string>();
    let closing: Promise<void> | undefined;

    async function close(): Promise<void> {
      await Promise.all([...writers.values()].map((writer) => writer.close()));
      await rm(spoolFolder, { recursive: true, force: true });
    }

    return {
      addTrack(track) {
        const writer = createTrackWriter({
          track,
          spoolFolder,
          rollSeconds,
          mayWrite: options.mayWrite,
          onFault(error) {
            options.logger.error({ event: eventId, track: track.id, error }, 'the recording could not be written');
            options.onFault(eventId, error);
          },
        });
        writers.set(track.id, writer);
        for (const folder of outputs) {
          void writer.addFolder(folder);
        }
      },
      append(trackId, chunk, position) {
        const writer = writers.get(trackId);
        assert(writer !== undefined, `track ${trackId} was added`);
        return writer.append(chunk, position);
      },
      async openOutput(folder): Promise<OutputStore> {
        await mkdir(folder, { recursive: true });
        outputs.add(folder);
        await Promise.all([...writers.values()].map((writer) => writer.addFolder(folder)));
        return {
          trim(sequence) {
            for (const writer of writers.values()) {
              writer.trim(folder, sequence);
            }
          },
          async close() {
            outputs.delete(folder);
            for (const writer of writers.values()) {
              writer.removeFolder(folder);
            }
            await Promise.all([...writers.values()].map((writer) => writer.flushed()));
          },
        };
      },
      async flushed() {
        await Promise.all([...writers.values()].map((writer) => writer.flushed()));
      },
      async [Symbol.asyncDispose]() {
        closing ??= close();
        await closing;
      },
    };
  };
}
