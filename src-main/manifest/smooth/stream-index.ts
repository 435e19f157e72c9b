import { compact } from '../compact.ts';
import { oneOf, text, unsigned } from '../dash/element-reader.ts';
import { xml, xmlEach } from '../dash/xml.ts';
import { type FragmentList, parseFragmentRuns, writeFragments } from './fragment-runs.ts';
import { parseQualityLevel, type QualityLevel, writeQualityLevel } from './quality-level.ts';
import { type SmoothReader, truth, writeTruth } from './smooth-reader.ts';

/** A track in all its qualities, MS-SSTR §2.2.2.3. Their fragments begin and end together. */
export type StreamIndex = {
  readonly type: 'video' | 'audio' | 'text';
  /** No other stream has it. */
  readonly name: string;
  readonly subtype?: string | undefined;
  readonly language?: string | undefined;
  /** Ticks per second, where they are others than those of the manifest. */
  readonly timescale?: number | undefined;
  /** With `{bitrate}` and `{start time}`, relative to the manifest. */
  readonly url: string;
  /** `Chunks`: how many fragments there are; 0 in what is live. */
  readonly fragmentCount: number;
  /** Pictures: of the best quality. */
  readonly maxWidth?: number | undefined;
  readonly maxHeight?: number | undefined;
  /** Sparse: the stream whose times this one goes by. */
  readonly parentStream?: string | undefined;
  /** Sparse: its messages stand in the manifest. */
  readonly manifestOutput?: boolean | undefined;
  readonly qualities: readonly QualityLevel[];
  readonly fragments: FragmentList;
};

export function writeStreamIndex(stream: StreamIndex): string {
  return xml(
    'StreamIndex',
    {
      Type: stream.type,
      Name: stream.name,
      Subtype: stream.subtype,
      Language: stream.language,
      TimeScale: stream.timescale,
      Chunks: stream.fragmentCount,
      QualityLevels: stream.qualities.length,
      MaxWidth: stream.maxWidth,
      MaxHeight: stream.maxHeight,
      DisplayWidth: stream.maxWidth,
      DisplayHeight: stream.maxHeight,
      ParentStreamIndex: stream.parentStream,
      ManifestOutput: writeTruth(stream.manifestOutput),
      Url: stream.url,
    },
    xmlEach(stream.qualities, writeQualityLevel) + writeFragments(stream.fragments),
  );
}

export function parseStreamIndex(reader: SmoothReader): StreamIndex {
  const { optional, required } = reader;
  const type = required('Type', oneOf('video', 'audio', 'text'));
  return compact({
    type,
    name: optional('Name', text) ?? type,
    subtype: optional('Subtype', text),
    language: optional('Language', text),
    timescale: optional('TimeScale', unsigned),
    url: required('Url', text),
    fragmentCount: optional('Chunks', unsigned) ?? 0,
    maxWidth: optional('MaxWidth', unsigned),
    maxHeight: optional('MaxHeight', unsigned),
    parentStream: optional('ParentStreamIndex', text),
    manifestOutput: optional('ManifestOutput', truth),
    qualities: reader.all('QualityLevel')?.map(parseQualityLevel) ?? [],
    fragments: parseFragmentRuns(reader),
  });
}
