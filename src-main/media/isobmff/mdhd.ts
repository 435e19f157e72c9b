import { assert } from '../../base/assert.ts';
import { durationVersion, parseDuration, skipTimes, writeDuration, writeNoTimes } from './box-duration.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Media Header, ISO/IEC 14496-12 §8.4.2. */
export type MediaHeader = {
  /** Ticks per second of the samples of the track; at least 1. */
  readonly timescale: number;
  /** In media ticks; 0 when not known. */
  readonly duration: bigint;
  /** ISO 639-2/T code of three letters. */
  readonly language: string;
};

export function writeMdhd(writer: BoxWriter, { timescale, duration, language }: MediaHeader): void {
  const version = durationVersion(duration);
  writer.fullBox('mdhd', version, 0, (body) => {
    writeNoTimes(body, version);
    body.u32(timescale);
    writeDuration(body, version, duration);
    body.u16(packLanguage(language));
    body.zeros(2); // pre_defined
  });
}

export function parseMdhd(box: BoxReader): MediaHeader {
  const { version } = box.fullBox(1);
  skipTimes(box, version);
  const timescale = box.u32();
  if (timescale === 0) {
    throw box.malformed('has a timescale of 0');
  }
  const duration = parseDuration(box, version);
  return { timescale, duration, language: unpackLanguage(box.u16()) };
}

/** Three letters in 5 bits each, counted from 0x60. */
function packLanguage(language: string): number {
  assert(/^[a-z]{3}$/.test(language), 'the language is an ISO 639-2/T code');
  return [0, 1, 2].reduce((packed, index) => (packed << 5) | (language.charCodeAt(index) - 0x60), 0);
}

/** QuickTime's numbers and other values that are no letters mean "not known". */
function unpackLanguage(packed: number): string {
  const letters = [10, 5, 0].map((shift) => String.fromCharCode(((packed >> shift) & 0x1f) + 0x60)).join('');
  return /^[a-z]{3}$/.test(letters) ? letters : 'und';
}
