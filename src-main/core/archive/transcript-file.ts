import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import type { TextCue } from '../../media/text/cue.ts';
import type { Spoken } from '../ports/transcription.ts';
import { isMissing } from './asset-folder.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * `transcripts.jsonl` in an asset's folder, for as long as it is recorded: text as it is understood, one JSON object a line, in media time. Lines are
 * only added, so a crash costs the last one at most. When the recording is finished it becomes tracks of text, and goes.
 */
const FILE_NAME = 'transcripts.jsonl';

const transcriptLine = z.object({
  name: z.string(),
  language: z.string(),
  label: z.string(),
  bitrate: z.number().int().min(1),
  /** Milliseconds. */
  start: z.number().optional(),
  end: z.number().optional(),
  text: z.string().optional(),
});

export type Transcript = {
  /** Of the track. */
  readonly name: string;
  readonly language: string;
  readonly label: string;
  readonly bitrate: number;
  /** By their beginning; media time. */
  readonly cues: readonly TextCue[];
};

export type TranscriptFile = {
  /** Never throws and never waits. */
  readonly keep: (spoken: Spoken) => void;
  /** Takes back what was kept of [fromMs, toMs) of media time. Throws what kept it from that. */
  readonly erase: (fromMs: number, toMs: number) => Promise<void>;
  /** Resolves when everything is written; nothing is taken any more. */
  readonly close: () => Promise<void>;
};

/** What cannot be written waits for what comes next, and is told once until it can be. */
export function createTranscriptFile(folder: string, onFault: (error: unknown) => void): TranscriptFile {
  const path = join(folder, FILE_NAME);
  const writes = createSerial();
  let waiting = '';
  let isFaulty = false;
  let isClosed = false;

  async function write(lines: string): Promise<void> {
    waiting += lines;
    try {
      await appendFile(path, waiting, { flush: true });
      waiting = '';
      isFaulty = false;
    } catch (error) {
      if (!isFaulty) {
        onFault(error);
      }
      isFaulty = true;
    }
  }

  return {
    keep(spoken) {
      if (!isClosed) {
        void writes.run(() => write(linesOf(spoken)));
      }
    },
    erase: (fromMs, toMs) =>
      writes.run(async () => {
        waiting = outside(waiting, fromMs, toMs);
        await eraseTranscripts(folder, fromMs, toMs);
      }),
    async close() {
      isClosed = true;
      await writes.idle();
    },
  };
}

/** Without cues it says that there is such a text. */
function linesOf({ text: { name, language, bitrate, shownAs }, cues }: Spoken): string {
  const about = { name, language, label: shownAs.label, bitrate };
  const rows: readonly z.input<typeof transcriptLine>[] =
    cues.length === 0
      ? [about]
      : cues.map(({ startMs, endMs, text }) => ({ ...about, start: startMs, end: endMs, text }));
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Empty when there is no such file; a line that cannot be understood is left out. */
export async function readTranscripts(folder: string): Promise<readonly Transcript[]> {
  let text: string;
  try {
    text = await readFile(join(folder, FILE_NAME), 'utf8');
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
  const found = new Map<string, Omit<Transcript, 'cues'> & { readonly cues: TextCue[] }>();
  for (const line of text.split('\n')) {
    const row = line === '' ? undefined : parseLine(line);
    if (row !== undefined) {
      const { name, language, label, bitrate, start, end } = row;
      const transcript = found.get(name) ?? { name, language, label, bitrate, cues: [] };
      found.set(name, transcript);
      if (start !== undefined && end !== undefined && row.text !== undefined) {
        transcript.cues.push({ startMs: start, endMs: end, id: '', settings: '', text: row.text });
      }
    }
  }
  return [...found.values()].map((one) => ({
    ...one,
    cues: one.cues.toSorted((a, b) => a.startMs - b.startMs),
  }));
}

/** Takes out of the file, if there is one, what was said in [fromMs, toMs) of media time. */
export async function eraseTranscripts(folder: string, fromMs: number, toMs: number): Promise<void> {
  const path = join(folder, FILE_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) {
      return;
    }
    throw error;
  }
  const left = outside(text, fromMs, toMs);
  if (left !== text) {
    await writeFileAtomic(path, left);
  }
}

/** The lines that tell of no other time; also those that nobody understands. */
function outside(lines: string, fromMs: number, toMs: number): string {
  return lines
    .split('\n')
    .filter((line) => {
      const { start, end } = parseLine(line) ?? {};
      return start === undefined || end === undefined || start >= toMs || end <= fromMs;
    })
    .join('\n');
}

export async function removeTranscripts(folder: string): Promise<void> {
  await rm(join(folder, FILE_NAME), { force: true });
}

function parseLine(line: string): z.infer<typeof transcriptLine> | undefined {
  try {
    return transcriptLine.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
