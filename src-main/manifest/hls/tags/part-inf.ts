import { decimal, decimalFloat, readAttributes, type Tag, tagLine } from '../attribute-list.ts';

/** EXT-X-PART-INF, 8216bis §4.4.3.7: the longest duration of a part, in seconds. */
export function writePartInf(partTargetSeconds: number): string {
  return tagLine('EXT-X-PART-INF', [['PART-TARGET', decimal(partTargetSeconds)]]);
}

export function parsePartInf(tag: Tag): number {
  return readAttributes(tag).required('PART-TARGET', decimalFloat);
}
