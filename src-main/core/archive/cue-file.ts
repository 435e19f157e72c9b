import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import { ticks } from '../../media/time.ts';
import type { PlacedCue } from '../ports/cues.ts';
import { isMissing } from './asset-folder.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * `cues.jsonl` in an asset's folder: the cues of its recording, one JSON object a line. Lines are only added, so a crash costs the last one at
 * most; one with the number of a line before it stands in its place.
 */
const FILE_NAME = 'cues.jsonl';

export type CueFile = {
  /** Adds `changed`. When most of the file has been overtaken it is written anew with `all`. Never throws and never waits. */
  readonly keep: (changed: readonly PlacedCue[], all: () => readonly PlacedCue[]) => void;
  /** Resolves when everything is written; nothing is taken any more. */
  readonly close: () => Promise<void>;
};

/** Lines that may be superfluous before the file is written anew. */
const SPARE_LINES = 1000;

const decimal = z.string().regex(/^\d{1,19}$/);
const base64 = z.base64();

const cueLine = z.object({
  number: z.number().int().min(0).max(0xffff_ffff),
  id: z.string(),
  scheme: z.enum(['urn:scte:scte35:2013:bin', 'https://aomedia.org/emsg/ID3']),
  value: z.string(),
  kind: z.enum(['out', 'in', 'command', 'metadata']),
  /** Times are strings: JSON has no 64-bit integers. */
  time: decimal,
  duration: z.number().int().min(1).optional(),
  until: decimal.optional(),
  rangeId: z.string().optional(),
  firstSequence: z.number().int(),
  endSequence: z.number().int().optional(),
  carriers: z.enum(['all', 'video']),
  ended: z.object({ time: decimal, message: base64.optional() }).optional(),
  withdrawn: z.literal(true).optional(),
  message: base64,
});

/** What cannot be written is told once until something can be again, and then all of it is written. */
export function createCueFile(folder: string, onFault: (error: unknown) => void): CueFile {
  const path = join(folder, FILE_NAME);
  const writes = createSerial();
  let lines = 0;
  let isFaulty = false;
  let isClosed = false;

  async function write(changed: readonly PlacedCue[], all: () => readonly PlacedCue[]): Promise<void> {
    try {
      const current = all();
      if (isFaulty || lines + changed.length > 2 * current.length + SPARE_LINES) {
        await writeFileAtomic(path, textOf(current));
        lines = current.length;
      } else {
        await appendFile(path, textOf(changed), { flush: true });
        lines += changed.length;
      }
      isFaulty = false;
    } catch (error) {
      if (!isFaulty) {
        onFault(error);
      }
      isFaulty = true;
    }
  }

  return {
    keep(changed, all) {
      if (changed.length > 0 && !isClosed) {
        void writes.run(() => write(changed, all));
      }
    },
    async close() {
      isClosed = true;
      await writes.idle();
    },
  };
}

/** By time. Empty when there is no file; a line that cannot be understood is left out. Undefined when the file cannot be read. */
export async function readCueFile(folder: string): Promise<readonly PlacedCue[] | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, FILE_NAME), 'utf8');
  } catch (error) {
    return isMissing(error) ? [] : undefined;
  }
  const cues = new Map<number, PlacedCue>();
  for (const line of text.split('\n')) {
    const cue = line === '' ? undefined : parseLine(line);
    if (cue !== undefined) {
      cues.set(cue.number, cue);
    }
  }
  return [...cues.values()].toSorted((a, b) => Number(a.time - b.time));
}

function textOf(cues: readonly PlacedCue[]): string {
  return cues.map((cue) => `${JSON.stringify(lineOf(cue))}\n`).join('');
}

function lineOf(cue: PlacedCue): z.input<typeof cueLine> {
  const { ended } = cue;
  return {
    ...cue,
    time: String(cue.time),
    until: cue.until === undefined ? undefined : String(cue.until),
    ended: ended && {
      time: String(ended.time),
      message: ended.message === undefined ? undefined : toBase64(ended.message),
    },
    withdrawn: cue.withdrawn || undefined,
    message: toBase64(cue.message),
  };
}

function parseLine(line: string): PlacedCue | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { data, success } = cueLine.safeParse(json);
  if (!success) {
    return undefined;
  }
  const { ended, until } = data;
  return {
    number: data.number,
    id: data.id,
    scheme: data.scheme,
    value: data.value,
    kind: data.kind,
    time: ticks(BigInt(data.time)),
    duration: data.duration,
    until: until === undefined ? undefined : ticks(BigInt(until)),
    rangeId: data.rangeId,
    firstSequence: data.firstSequence,
    endSequence: data.endSequence,
    carriers: data.carriers,
    ended: ended && {
      time: ticks(BigInt(ended.time)),
      message: ended.message === undefined ? undefined : Buffer.from(ended.message, 'base64'),
    },
    withdrawn: data.withdrawn === true,
    message: Buffer.from(data.message, 'base64'),
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
