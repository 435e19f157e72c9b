import { aacCodecString, aacOutput, parseAacConfig } from '../codecs/aac.ts';
import { parseDolbyConfig } from '../codecs/ac3.ts';
import { avcCodecString, parseAvcDecoderConfig } from '../codecs/avc.ts';
import { parseSequenceParameters, type SequenceParameters } from '../codecs/avc-sps.ts';
import { parseHevcDecoderConfig } from '../codecs/hevc.ts';
import type { AudioSampleEntry } from '../isobmff/audio-sample-entry.ts';
import type { BitRate } from '../isobmff/btrt.ts';
import type { SampleEntry } from '../isobmff/stsd.ts';
import type { VisualSampleEntry } from '../isobmff/visual-sample-entry.ts';
import { malformed, unsupported } from '../malformed.ts';
import type { AudioTrackDescription, TrackDescription, VideoTrackDescription } from './types.ts';

/** MPEG-4 audio; the MPEG-2 values say the same of AAC and no encoder of today writes them. */
const MPEG4_AUDIO = 0x40;

/** What a sample entry alone cannot say. */
type MediaFacts = Pick<TrackDescription, 'timescale' | 'language'>;

/** The sample entry of a track. Shape of the pixels and colour come from the stream's own parameters. */
export function sampleEntryOf(track: TrackDescription): SampleEntry {
  return track.kind === 'video' ? visualEntryOf(track) : audioEntryOf(track);
}

/** What a sample entry describes. Codec string, size and rates come from the decoder configuration, which is what the decoder believes. */
export function describeSampleEntry(entry: SampleEntry, facts: MediaFacts): TrackDescription {
  return 'width' in entry ? describeVisual(entry, facts) : describeAudio(entry, facts);
}

/** The first SPS of an H.264 track; undefined when its parameter sets come in band only, or for another codec. */
export function sequenceParametersOf(
  track: Pick<VideoTrackDescription, 'fourCc' | 'decoderConfig'>,
): SequenceParameters | undefined {
  if (track.fourCc !== 'avc1' && track.fourCc !== 'avc3') {
    return undefined;
  }
  const [sps] = parseAvcDecoderConfig(track.decoderConfig).sps;
  return sps === undefined ? undefined : parseSequenceParameters(sps);
}

function visualEntryOf(track: VideoTrackDescription): VisualSampleEntry {
  const parameters = sequenceParametersOf(track);
  return {
    fourCc: track.fourCc,
    width: track.width,
    height: track.height,
    decoderConfig: track.decoderConfig,
    pixelAspectRatio: parameters?.pixelAspectRatio,
    colour: parameters?.colour,
    bitrate: bitRateOf(track.bitrate),
  };
}

function audioEntryOf(track: AudioTrackDescription): AudioSampleEntry {
  const { channels, sampleRate, decoderConfig } = track;
  const bitrate = bitRateOf(track.bitrate);
  if (track.fourCc !== 'mp4a') {
    return { fourCc: track.fourCc, channels, sampleRate, bitrate, decoderConfig };
  }
  const { bufferSize, maxBitrate, averageBitrate } = bitrate;
  const stream = { objectTypeIndication: MPEG4_AUDIO, bufferSize, maxBitrate, averageBitrate, decoderConfig };
  return { fourCc: 'mp4a', channels, sampleRate, bitrate, stream };
}

function describeVisual(entry: VisualSampleEntry, facts: MediaFacts): VideoTrackDescription {
  const { fourCc, decoderConfig } = entry;
  const common = {
    ...facts,
    kind: 'video',
    fourCc,
    decoderConfig,
    bitrate: nominalBitrate(entry.bitrate),
  } as const;
  if (fourCc === 'hvc1' || fourCc === 'hev1') {
    const { width, height } = withSize(entry);
    return { ...common, ...parseHevcDecoderConfig(fourCc, decoderConfig), width, height };
  }
  const codec = avcCodecString(fourCc, parseAvcDecoderConfig(decoderConfig));
  const parameters = sequenceParametersOf(entry);
  const { width, height } = parameters ?? withSize(entry);
  return { ...common, codec, width, height, frameRate: parameters?.frameRate };
}

function describeAudio(entry: AudioSampleEntry, facts: MediaFacts): AudioTrackDescription {
  if (entry.fourCc !== 'mp4a') {
    const { fourCc, decoderConfig } = entry;
    const { sampleRate, channels } = parseDolbyConfig(fourCc, decoderConfig);
    const bitrate = nominalBitrate(entry.bitrate);
    return { ...facts, kind: 'audio', fourCc, codec: fourCc, bitrate, sampleRate, channels, decoderConfig };
  }
  const { objectTypeIndication, decoderConfig } = entry.stream;
  if (objectTypeIndication !== MPEG4_AUDIO) {
    const hex = objectTypeIndication.toString(16).padStart(2, '0');
    const problem = `has object type 0x${hex}; of mp4a only MPEG-4 AAC is supported`;
    throw unsupported('esds', 0, problem, { codec: `mp4a.${hex}` });
  }
  const config = parseAacConfig(decoderConfig);
  return {
    ...facts,
    kind: 'audio',
    fourCc: 'mp4a',
    codec: aacCodecString(config),
    bitrate: nominalBitrate(entry.bitrate) || nominalBitrate(entry.stream),
    ...aacOutput(config),
    decoderConfig,
  };
}

/** Only the nominal bit rate is known, so it stands for all three numbers: the buffer is one second of it. */
function bitRateOf(bitrate: number): BitRate {
  return { bufferSize: 0, maxBitrate: bitrate, averageBitrate: bitrate };
}

/** 0 when not known. */
function nominalBitrate(rate: Pick<BitRate, 'maxBitrate' | 'averageBitrate'> | undefined): number {
  return rate === undefined ? 0 : rate.averageBitrate || rate.maxBitrate;
}

function withSize({ fourCc, width, height }: VisualSampleEntry): {
  readonly width: number;
  readonly height: number;
} {
  if (width === 0 || height === 0) {
    throw malformed(fourCc, 0, `has a picture of ${width}x${height}`);
  }
  return { width, height };
}
