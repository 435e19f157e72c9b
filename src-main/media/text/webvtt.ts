import { isLanguageTag } from '../isobmff/language.ts';
import type { TextCue, TimedText } from './cue.ts';
import { brokenText, decodeUtf8 } from './text-file.ts';

const FORMAT = 'WebVTT';
const TIME = String.raw`(?:(\d{2,4}):)?(\d{2}):(\d{2})\.(\d{3})`;
const TIMINGS = new RegExp(`^[ \\t]*${TIME}[ \\t]+-->[ \\t]+${TIME}(?:[ \\t]+(.*))?$`);
const SIGNATURE = /^WEBVTT(?:[ \t].*)?$/;
/** A day of them, one a second. */
const MAX_CUES = 100_000;
/** Where the clock of MPEG-2 systems, 90 kHz, begins anew. */
const MPEG_WRAP = 1n << 33n;

/** Whether a file begins as a WebVTT file does (W3C WebVTT §4.1). */
export function looksLikeWebVtt(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 16));
  return /^WEBVTT(?:[ \t\r\n]|$)/.test(start);
}

/**
 * Reads a WebVTT file (W3C WebVTT §4), stricter than players do: what they would leave out without a word is an error that names its line.
 * Throws `media/malformed` with `line`.
 */
export function parseWebVtt(bytes: Uint8Array): TimedText {
  const lines = decodeUtf8(FORMAT, bytes)
    .replaceAll('\0', '\ufffd')
    .split(/\r\n|\n|\r/);
  if (!SIGNATURE.test(lines[0] ?? '')) {
    throw brokenText(FORMAT, 1, 'is not WEBVTT, with which every such file begins');
  }
  const cues: TextCue[] = [];
  const blocks: string[] = [];
  let language: string | undefined;
  for (const { from, to } of blocksOf(lines)) {
    const block = lines.slice(from, to);
    const timings = block.findIndex((line) => line.includes('-->'));
    if (from === 0) {
      if (timings >= 0) {
        throw brokenText(FORMAT, timings + 1, 'belongs to a cue, before which an empty line is missing');
      }
      language = languageOf(block);
    } else if (timings < 0) {
      keepBlock(block, from, blocks);
    } else {
      if (timings > 1) {
        throw brokenText(FORMAT, from + timings + 1, 'has times in the middle of text');
      }
      if (cues.length === MAX_CUES) {
        throw brokenText(FORMAT, from + 1, `begins cue ${MAX_CUES + 1}, and no more than ${MAX_CUES} are taken`);
      }
      cues.push({ ...parseTimings(block[timings] ?? '', from + timings + 1), ...content(block, timings, from) });
    }
  }
  return { language, blocks, cues: cues.toSorted((a, b) => a.startMs - b.startMs) };
}

/** Runs of lines between empty ones. */
function blocksOf(lines: readonly string[]): readonly { readonly from: number; readonly to: number }[] {
  const blocks: { from: number; to: number }[] = [];
  let from: number | undefined;
  for (let at = 0; at <= lines.length; at += 1) {
    const isEmpty = (lines[at] ?? '') === '';
    if (isEmpty && from !== undefined) {
      blocks.push({ from, to: at });
      from = undefined;
    } else if (!isEmpty) {
      from ??= at;
    }
  }
  return blocks;
}

/** Files of Azure Media Services say it there: `Language: en`. */
function languageOf(header: readonly string[]): string | undefined {
  const language = header
    .map((line) => /^Language:[ \t]*([A-Za-z0-9-]+)[ \t]*$/i.exec(line)?.[1])
    .find((found) => found);
  return language !== undefined && isLanguageTag(language) ? language : undefined;
}

function keepBlock(block: readonly string[], from: number, blocks: string[]): void {
  const first = block[0] ?? '';
  if (/^(?:STYLE|REGION)[ \t]*$/.test(first)) {
    blocks.push(block.join('\n'));
  } else if (!/^NOTE(?:[ \t]|$)/.test(first)) {
    throw brokenText(
      FORMAT,
      from + 1,
      'begins a block that is neither a cue with its times nor NOTE, STYLE or REGION',
    );
  }
}

function content(block: readonly string[], timings: number, from: number): Pick<TextCue, 'id' | 'text'> {
  const second = block.findIndex((line, index) => index > timings && line.includes('-->'));
  if (second >= 0) {
    throw brokenText(FORMAT, from + second + 1, 'begins another cue, before which an empty line is missing');
  }
  return { id: timings === 0 ? '' : (block[0] ?? ''), text: block.slice(timings + 1).join('\n') };
}

function parseTimings(line: string, number: number): Pick<TextCue, 'startMs' | 'endMs' | 'settings'> {
  const match = TIMINGS.exec(line);
  if (match === null) {
    const hint = /\d,\d{3}/.test(line) ? ': WebVTT has a point before the milliseconds, SubRip a comma' : '';
    throw brokenText(FORMAT, number, `has no times of the form 00:00:00.000 --> 00:00:00.000${hint}`);
  }
  const startMs = milliseconds(match.slice(1, 5), number);
  const endMs = milliseconds(match.slice(5, 9), number);
  if (endMs <= startMs) {
    throw brokenText(FORMAT, number, 'has a cue that ends before it begins');
  }
  return { startMs, endMs, settings: (match[9] ?? '').trim() };
}

function milliseconds(parts: readonly (string | undefined)[], line: number): number {
  const [hours = 0, minutes = 0, seconds = 0, rest = 0] = parts.map((part) => Number(part ?? 0));
  if (minutes > 59 || seconds > 59) {
    throw brokenText(FORMAT, line, 'has a time with more than 59 minutes or seconds');
  }
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest;
}

/** `00:00:00.000`. */
export function webVttTime(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ];
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(ms % 1000).padStart(3, '0')}`;
}

/**
 * A WebVTT file of some cues. `mediaTime90k`: for HLS, the time of the media at 0 of the cues in 90 kHz, as `X-TIMESTAMP-MAP` says it (8216bis §3.1.4);
 * its clock begins anew every 26.5 hours.
 */
export function writeWebVtt(text: Pick<TimedText, 'blocks' | 'cues'>, mediaTime90k?: bigint): string {
  const map =
    mediaTime90k === undefined ? '' : `X-TIMESTAMP-MAP=MPEGTS:${mediaTime90k % MPEG_WRAP},LOCAL:00:00:00.000\n`;
  const blocks = text.blocks.map((block) => `\n${block}\n`);
  return `WEBVTT\n${map}${blocks.join('')}${text.cues.map(writeCue).join('')}`;
}

function writeCue({ startMs, endMs, id, settings, text }: TextCue): string {
  const name = id === '' ? '' : `${id}\n`;
  const behind = settings === '' ? '' : ` ${settings}`;
  return `\n${name}${webVttTime(startMs)} --> ${webVttTime(endMs)}${behind}\n${text === '' ? '' : `${text}\n`}`;
}

/** The same cues where 0 is `offsetMs` later; those before are gone, and one that reaches over begins at 0. */
export function moveCues(cues: readonly TextCue[], offsetMs: number): readonly TextCue[] {
  return offsetMs === 0
    ? cues
    : cues
        .filter(({ endMs }) => endMs > offsetMs)
        .map((cue) => ({ ...cue, startMs: Math.max(0, cue.startMs - offsetMs), endMs: cue.endMs - offsetMs }));
}

/** Plain text as WebVTT cue text. */
export function escapeCueText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
