import { formatDecimal } from '../../decimal.ts';
import { malformed } from '../../malformed.ts';
import { decimalFloat, type Tag } from '../attribute-list.ts';

/** EXTINF, 8216bis §4.4.4.1. */
export type Inf = { readonly durationSeconds: number; readonly title?: string | undefined };

export function writeInf(inf: Inf): string {
  if (!(inf.durationSeconds >= 0)) {
    throw malformed('EXTINF', 'a duration is not negative');
  }
  const { title = '' } = inf;
  if (/[\0-\x08\x0a-\x1f\x7f-\x9f]/.test(title)) {
    throw malformed('EXTINF', 'a title is one line without control characters');
  }
  return `#EXTINF:${formatDecimal(inf.durationSeconds)},${title}\n`;
}

/** A missing comma is read too: the first drafts and many old writers leave it out. */
export function parseInf(tag: Tag): Inf {
  const comma = tag.value.indexOf(',');
  const durationSeconds = decimalFloat(comma < 0 ? tag.value : tag.value.slice(0, comma));
  if (durationSeconds === undefined) {
    throw malformed(tag.name, 'the duration is not a decimal number', tag.line);
  }
  const title = comma < 0 ? '' : tag.value.slice(comma + 1);
  return title.trim() === '' ? { durationSeconds } : { durationSeconds, title };
}
