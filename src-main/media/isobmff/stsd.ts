import { unsupported } from '../malformed.ts';
import {
  type AudioSampleEntry,
  isAudioFourCc,
  parseAudioSampleEntry,
  writeAudioSampleEntry,
} from './audio-sample-entry.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import {
  isVisualFourCc,
  parseVisualSampleEntry,
  type VisualSampleEntry,
  writeVisualSampleEntry,
} from './visual-sample-entry.ts';

export type SampleEntry = VisualSampleEntry | AudioSampleEntry;

/** Sample Description with one entry, ISO/IEC 14496-12 §8.5.2. */
export function writeStsd(writer: BoxWriter, entry: SampleEntry): void {
  writer.fullBox('stsd', 0, 0, (body) => {
    body.u32(1);
    if (isVisual(entry)) {
      writeVisualSampleEntry(body, entry);
    } else {
      writeAudioSampleEntry(body, entry);
    }
  });
}

/** The first entry. Fragments that need another one are refused where they say so (`tfhd`). */
export function parseStsd(box: BoxReader): SampleEntry {
  box.fullBox(1);
  box.entryCount(8);
  const entry = box.child();
  if (entry === undefined) {
    throw box.malformed('describes nothing');
  }
  const { type } = entry;
  if (isVisualFourCc(type)) {
    return parseVisualSampleEntry(entry, type);
  }
  if (isAudioFourCc(type)) {
    return parseAudioSampleEntry(entry, type);
  }
  const problem = 'is a codec that is not supported; H.264, H.265, AAC, AC-3 and E-AC-3 are';
  throw unsupported(type, entry.offset, problem, { codec: type });
}

/** The kind of the first entry, of whatever codec; undefined when there is none. Reads nothing of it. */
export function parseStsdFormat(box: BoxReader): string | undefined {
  box.fullBox(1);
  box.entryCount(8);
  return box.child()?.type;
}

function isVisual(entry: SampleEntry): entry is VisualSampleEntry {
  return isVisualFourCc(entry.fourCc);
}
