import { compact } from '../../compact.ts';
import {
  decimal,
  decimalFloat,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
} from '../attribute-list.ts';

/**
 * EXT-X-CUE, no part of the standard: how Azure Media Services told old players of a cue. It stands before the segment in which it
 * applies, and when that has left the window, before the first one with the time that has gone by. New players take EXT-X-DATERANGE.
 */
export type Cue = {
  readonly id: string;
  /** `SpliceOut`, or the scheme of the section in `cue`. */
  readonly type: string;
  readonly durationSeconds: number;
  /** Presentation time of the cue. */
  readonly timeSeconds: number;
  readonly elapsedSeconds?: number | undefined;
  /** Base64 of the section, or `SpliceOut`. */
  readonly cue: string;
};

export function writeCue(cue: Cue): string {
  return tagLine('EXT-X-CUE', [
    ['ID', quoted(cue.id)],
    ['TYPE', quoted(cue.type)],
    ['DURATION', decimal(cue.durationSeconds)],
    ['TIME', decimal(cue.timeSeconds)],
    ['ELAPSED', decimal(cue.elapsedSeconds)],
    ['CUE', quoted(cue.cue)],
  ]);
}

export function parseCue(tag: Tag): Cue {
  const attributes = readAttributes(tag);
  return compact({
    id: attributes.required('ID', quotedString),
    type: attributes.required('TYPE', quotedString),
    durationSeconds: attributes.required('DURATION', decimalFloat),
    timeSeconds: attributes.required('TIME', decimalFloat),
    elapsedSeconds: attributes.optional('ELAPSED', decimalFloat),
    cue: attributes.required('CUE', quotedString),
  });
}
