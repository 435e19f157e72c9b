import type { AdaptationSet } from '../../../manifest/dash/adaptation-set.ts';
import type { TextTrack } from '../../ports/presentation.ts';
import type { Protection } from '../../ports/protection.ts';
import type { DashFormat } from '../../ports/streaming-format.ts';
import { type CarriedOptions, fragmentName, qualityPath } from '../address.ts';
import { textProtectionsOf } from '../encryption/content-protections.ts';
import { textLabels } from '../labels.ts';
import { zeroSeconds } from './text-view.ts';

const ROLE = 'urn:mpeg:dash:role:2011';
/** Above all that are counted for pictures and sound. */
const FIRST_ID = 1001;
/** A recording begins with the first of its tracks, some milliseconds before the one that text counts from. */
const SAME_START_SECONDS = 0.1;

/**
 * An adaptation set for each text in a Period: a WebVTT file beside the segments, which Shaka and dash.js both show, while dash.js 5 shows nothing
 * of a TTML file. Its times count from the beginning of the Period, so a Period that begins elsewhere has a file of its own.
 */
export function textSets(
  texts: readonly TextTrack[],
  options: {
    /** Media time at which the Period begins. */
    readonly startSeconds: number;
    readonly format: DashFormat;
    readonly carried: CarriedOptions;
    readonly protection: Protection | undefined;
  },
): readonly AdaptationSet[] {
  const labels = textLabels(texts);
  const contentProtections = textProtectionsOf(options.protection);
  return texts.map((text, index): AdaptationSet => {
    const { id, name, bitrate, language, shownAs } = text;
    const offset = options.startSeconds - zeroSeconds(text);
    const isWhole = Math.abs(offset) < SAME_START_SECONDS;
    const time = isWhole ? 'i' : BigInt(Math.max(0, Math.round(offset * 1000)));
    const file = fragmentName(name, time, options.format, options.carried);
    return {
      id: FIRST_ID + index,
      contentType: 'text',
      lang: language === 'und' ? undefined : language,
      mimeType: 'text/vtt',
      contentProtections,
      selectionPriority: shownAs.isDefault ? 2 : undefined,
      roles: [{ schemeIdUri: ROLE, value: shownAs.role ?? (shownAs.forced ? 'forced-subtitle' : 'subtitle') }],
      labels: [{ text: labels[index] ?? name }],
      representations: [{ id, bandwidth: bitrate, baseUrls: [{ url: `${qualityPath(bitrate)}${file}` }] }],
    };
  });
}
