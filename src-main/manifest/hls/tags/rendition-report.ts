import { compact } from '../../compact.ts';
import {
  decimalInteger,
  integer,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
} from '../attribute-list.ts';

/** EXT-X-RENDITION-REPORT, 8216bis §4.4.5.4: how far another rendition has come, so that a player can switch to it without a detour. */
export type RenditionReport = {
  /** Relative to this playlist. */
  readonly uri: string;
  /** Of its last segment or, with parts, of its last part. Left out when it is the same as here. */
  readonly lastMediaSequence?: number | undefined;
  /** Index of its last part in that segment. */
  readonly lastPart?: number | undefined;
};

export function writeRenditionReport(report: RenditionReport): string {
  return tagLine('EXT-X-RENDITION-REPORT', [
    ['URI', quoted(report.uri)],
    ['LAST-MSN', integer(report.lastMediaSequence)],
    ['LAST-PART', integer(report.lastPart)],
  ]);
}

export function parseRenditionReport(tag: Tag): RenditionReport {
  const attributes = readAttributes(tag);
  return compact({
    uri: attributes.required('URI', quotedString),
    lastMediaSequence: attributes.optional('LAST-MSN', decimalInteger),
    lastPart: attributes.optional('LAST-PART', decimalInteger),
  });
}
