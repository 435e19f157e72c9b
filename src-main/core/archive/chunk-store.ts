import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import { createSerial } from '../../base/serial.ts';
import type { Logger } from '../ports/logger.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import type { OpenChunkStore, OutputStore } from '../ports/store.ts';
import { eraseNoted } from './erase-media.ts';
import { noteRemoval } from './removal-note.ts';
import { createTrackWriter, type TrackWriter } from './track-writer.ts';

export type ChunkStoreOptions = {
  /** Holds a folder for each event that is being written; empty when nothing is live. */
  readonly spoolFolder: string;
  readonly mayWrite: (eventId: string) => boolean;
  /** An event cannot be written; told once until all its tracks can be again. */
  readonly onFault: (eventId: string, error: unknown) => void;
  readonly logger: Logger;
};

/** Stores of live events below one spool folder. */
export function createChunkStores(options: ChunkStoreOptions): OpenChunkStore {
  return ({ eventId, rollSeconds }) => {
    // A folder that never was: an event may get another output after its last one ended, and a run that was cut off leaves its own behind.
    const spoolFolder = join(options.spoolFolder, `${eventId}-${randomUUID()}`);
    const writers = new Map<string, TrackWriter>();
    const outputs = new Map<string, number>();
    const faulty = new Set<string>();
    const removing = createSerial();
    let closing: Promise<void> | undefined;

    async function remove(range: RemovedMedia, cut: Promise<unknown>): Promise<void> {
      const folders = [spoolFolder, ...outputs.keys()];
      await mkdir(spoolFolder, { recursive: true });
      await Promise.all(folders.map((folder) => noteRemoval(folder, range)));
      await cut;
      for (const folder of folders) {
        await eraseNoted(folder);
      }
    }

    async function close(): Promise<void> {
      await Promise.all([...writers.values()].map((writer) => writer.close()));
      await removing.idle();
      await rm(spoolFolder, { recursive: true, force: true });
    }

    return {
      addTrack(track) {
        const writer = createTrackWriter({
          track,
          spoolFolder,
          rollSeconds,
          mayWrite: () => options.mayWrite(eventId),
          onFault(error) {
            options.logger.error({ event: eventId, track: track.id, error }, 'the recording could not be written');
            if (faulty.size === 0) {
              options.onFault(eventId, error);
            }
            faulty.add(track.id);
          },
          onWell() {
            faulty.delete(track.id);
            options.logger.info({ event: eventId, track: track.id }, 'the recording is written again');
          },
        });
        writers.set(track.id, writer);
        for (const [folder, seconds] of outputs) {
          void writer.addFolder(folder, seconds);
        }
      },
      append(trackId, chunk, position) {
        const writer = writers.get(trackId);
        assert(writer !== undefined, `track ${trackId} was added`);
        return writer.append(chunk, position);
      },
      holds: (trackId, place, size) => writers.get(trackId)?.holds(place, size) ?? false,
      count: (trackId) => writers.get(trackId)?.count() ?? { written: 0, discarded: 0 },
      async openOutput(folder, seconds = rollSeconds): Promise<OutputStore> {
        await mkdir(folder, { recursive: true });
        outputs.set(folder, seconds);
        await Promise.all([...writers.values()].map((writer) => writer.addFolder(folder, seconds)));
        return {
          setRoll(wanted) {
            outputs.set(folder, wanted);
            for (const writer of writers.values()) {
              writer.setRoll(folder, wanted);
            }
          },
          trim(sequence) {
            const trimmed = [...writers.values()].map((writer) => writer.trim(folder, sequence));
            return trimmed.includes(true);
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
      async remove(range) {
        // At once: what comes now goes on in other files.
        const cut = Promise.all([...writers.values()].map((writer) => writer.cut()));
        await removing.run(() => remove(range, cut));
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
