import type { Ticks } from '../../media/time.ts';
import { compact } from '../compact.ts';
import { boolean, double, type ElementReader, integer, text, unsigned, unsignedTicks } from './element-reader.ts';
import { parseSegmentTimeline, type SegmentTimeline, writeSegmentTimeline } from './segment-timeline.ts';
import { formatDouble } from './values.ts';
import { xml } from './xml.ts';

/** SegmentTemplate, ISO/IEC 23009-1 §5.3.9.4: how the addresses of segments are made. */
export type SegmentTemplate = {
  /** Ticks per second, the same as in the segments. Always written (DASH-IF timing model). */
  readonly timescale: number;
  /** Media time at the start of the Period. */
  readonly presentationTimeOffset?: Ticks | undefined;
  /** Only read: forbidden together with explicit addressing. */
  readonly eptDelta?: number | undefined;
  /** In ticks; only without a timeline. */
  readonly duration?: number | undefined;
  /** Number of the first segment; 1 when left out. */
  readonly startNumber?: number | undefined;
  readonly endNumber?: number | undefined;
  /** Seconds before its end at which a segment can be asked for; Infinity: at any time. */
  readonly availabilityTimeOffset?: number | undefined;
  /** False: what is there before the end is only the beginning of the segment. */
  readonly availabilityTimeComplete?: boolean | undefined;
  /** With `$RepresentationID$`, `$Bandwidth$`, and `$Time$` or `$Number$`. */
  readonly media?: string | undefined;
  readonly initialization?: string | undefined;
  readonly timeline?: SegmentTimeline | undefined;
};

export function writeSegmentTemplate(template: SegmentTemplate): string {
  const { timeline } = template;
  const attributes = {
    timescale: template.timescale,
    presentationTimeOffset: template.presentationTimeOffset,
    eptDelta: template.eptDelta,
    duration: template.duration,
    startNumber: template.startNumber,
    endNumber: template.endNumber,
    availabilityTimeOffset: formatDouble(template.availabilityTimeOffset),
    availabilityTimeComplete: template.availabilityTimeComplete,
    media: template.media,
    initialization: template.initialization,
  };
  return xml('SegmentTemplate', attributes, timeline === undefined ? '' : writeSegmentTimeline(timeline));
}

export function parseSegmentTemplate(reader: ElementReader): SegmentTemplate {
  return compact({
    timescale: reader.optional('timescale', unsigned) ?? 1,
    presentationTimeOffset: reader.optional('presentationTimeOffset', unsignedTicks),
    eptDelta: reader.optional('eptDelta', integer),
    duration: reader.optional('duration', unsigned),
    startNumber: reader.optional('startNumber', unsigned),
    endNumber: reader.optional('endNumber', unsigned),
    availabilityTimeOffset: reader.optional('availabilityTimeOffset', double),
    availabilityTimeComplete: reader.optional('availabilityTimeComplete', boolean),
    media: reader.optional('media', text),
    initialization: reader.optional('initialization', text),
    timeline: reader.one('SegmentTimeline', parseSegmentTimeline),
  });
}
