import { expandRuns } from '../../src-main/manifest/smooth/fragment-runs.ts';
import type { QualityLevel } from '../../src-main/manifest/smooth/quality-level.ts';
import { parseSmoothManifest, type SmoothManifest } from '../../src-main/manifest/smooth/smooth-manifest.ts';
import type { StreamIndex } from '../../src-main/manifest/smooth/stream-index.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { TrackDescription } from '../../src-main/media/cmaf/types.ts';
import { avcDecoderConfigOf, writeAvcDecoderConfig } from '../../src-main/media/codecs/avc.ts';
import { splitAnnexB } from '../../src-main/media/codecs/nal-units.ts';

/** What clients of Smooth Streaming do, as far as tests need it. */

/** The fragments of a stream, oldest first. */
export function fragmentsOf(stream: StreamIndex): readonly { readonly time: bigint; readonly duration: number }[] {
  if ('written' in stream.fragments) {
    throw new Error('a parsed manifest has runs');
  }
  return [...expandRuns(stream.fragments)];
}

/** Relative to the folder of the manifest. */
export function fragmentPath(
  { url }: StreamIndex,
  { bitrate }: Pick<QualityLevel, 'bitrate'>,
  time: bigint,
): string {
  return url.replace('{bitrate}', String(bitrate)).replace('{start time}', String(time));
}

export async function fetchManifest(address: string): Promise<SmoothManifest> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(15_000) });
  if (!answer.ok) {
    throw new Error(`${answer.status} for ${address}: ${await answer.text()}`);
  }
  return parseSmoothManifest(await answer.text());
}

/** What a client puts before the fragments of a quality: the manifest has all that it needs. */
function headerOf(manifest: SmoothManifest, stream: StreamIndex, quality: QualityLevel): Uint8Array {
  const common = {
    timescale: stream.timescale ?? manifest.timescale,
    bitrate: quality.bitrate,
    language: stream.language ?? 'und',
  };
  return writeInitSegment(stream.type === 'video' ? video(common, quality) : audio(common, quality));
}

type Common = Pick<TrackDescription, 'timescale' | 'bitrate' | 'language'>;

function video(common: Common, quality: QualityLevel): TrackDescription {
  const units = splitAnnexB(quality.codecPrivateData);
  const ofType = (type: number): Uint8Array[] => units.filter(([first = 0]) => (first & 0x1f) === type);
  return {
    ...common,
    kind: 'video',
    fourCc: 'avc1',
    codec: 'avc1',
    width: quality.maxWidth ?? 0,
    height: quality.maxHeight ?? 0,
    frameRate: undefined,
    decoderConfig: writeAvcDecoderConfig(avcDecoderConfigOf(ofType(7), ofType(8))),
  };
}

function audio(common: Common, quality: QualityLevel): TrackDescription {
  return {
    ...common,
    kind: 'audio',
    fourCc: 'mp4a',
    codec: 'mp4a.40.2',
    sampleRate: quality.samplingRate ?? 0,
    channels: quality.channels ?? 0,
    decoderConfig: quality.codecPrivateData,
  };
}

/** All fragments of a quality behind its header: a file that any reader takes. */
export async function downloadQuality(
  folder: string,
  manifest: SmoothManifest,
  stream: StreamIndex,
  quality: QualityLevel,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [headerOf(manifest, stream, quality)];
  for (const { time } of fragmentsOf(stream)) {
    const address = new URL(fragmentPath(stream, quality, time), `${folder}/`);
    const answer = await fetch(address, { signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) {
      throw new Error(`${answer.status} for ${address.pathname}`);
    }
    pieces.push(new Uint8Array(await answer.arrayBuffer()));
  }
  return Buffer.concat(pieces);
}
