import type { AudioTrackDescription, Sample, TrackDescription, VideoTrackDescription } from '../cmaf/types.ts';
import { unsupported } from '../malformed.ts';
import { rescale, type Ticks, ticks } from '../time.ts';
import { createAccessUnitWriter } from './access-unit.ts';
import { createAdtsHeaders } from './adts-writer.ts';
import { MAX_PES_DATA, STREAM_ID } from './pes-writer.ts';
import { STREAM_TYPE } from './program-tables.ts';
import { encryptFrame, encryptNal, type StreamEncryption } from './sample-aes.ts';
import { TS_TIMESCALE } from './stream-clock.ts';
import { ascii, privateDataIndicator, registration } from './table-writer.ts';

/** Data of one PES packet. */
export type PesData = {
  /** In ticks of 90 kHz. */
  readonly pts: Ticks;
  readonly dts: Ticks;
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
  /** A decoder can begin here. */
  readonly randomAccess: boolean;
};

/** How a track stands in a transport stream. */
export type ElementaryWriter = {
  readonly type: number;
  readonly streamId: number;
  readonly descriptors: Uint8Array;
  /** Samples in decode order as PES packets. `delay`: so many ticks of the track pictures are decoded earlier than their samples say. */
  readonly packets: (samples: readonly Sample[], delay: bigint) => readonly PesData[];
};

/** Sound goes out in packets of about an eighth of a second: half a packet of the stream is lost with each. */
const MAX_FRAMES = 6;

/** `encryption`: SAMPLE-AES. Throws `media/unsupported` for what a transport stream cannot carry, or not encrypted, `media/malformed` for a decoder configuration that cannot be read. */
export function createElementaryWriter(track: TrackDescription, encryption?: StreamEncryption): ElementaryWriter {
  return track.kind === 'video' ? videoWriter(track, encryption) : audioWriter(track, encryption);
}

function videoWriter(track: VideoTrackDescription, encryption: StreamEncryption | undefined): ElementaryWriter {
  const { timescale, fourCc } = track;
  const scaled = (time: bigint): Ticks => rescale(ticks(time), timescale, TS_TIMESCALE);
  const isAvc = fourCc === 'avc1' || fourCc === 'avc3';
  if (encryption !== undefined && !isAvc) {
    throw unsupported(`${fourCc} track`, 0, 'cannot be encrypted in a transport stream');
  }
  const write = createAccessUnitWriter(track, encryption && ((nal) => encryptNal(nal, encryption)));
  return {
    ...(encryption === undefined
      ? isAvc
        ? { type: STREAM_TYPE.avc, descriptors: new Uint8Array() }
        : { type: STREAM_TYPE.hevc, descriptors: registration('HEVC') }
      : { type: STREAM_TYPE.encryptedAvc, descriptors: privateDataIndicator('zavc') }),
    streamId: STREAM_ID.video,
    packets(samples, delay) {
      const times = samples.map(({ decodeTime, compositionOffset }) => ({
        pts: scaled(decodeTime + BigInt(compositionOffset)),
        dts: scaled(decodeTime - delay),
      }));
      // Should the delay be too short for a picture, it and those before it are decoded so much earlier.
      for (let index = times.length - 1, next: Ticks | undefined; index >= 0; index -= 1) {
        const time = times[index];
        if (time !== undefined) {
          const latest = next === undefined || time.pts < next ? time.pts : ticks(next - 1n);
          time.dts = time.dts < latest ? time.dts : latest;
          next = time.dts;
        }
      }
      return samples.map((sample, index): PesData => {
        const pieces = write(sample);
        const { pts, dts } = times[index] ?? { pts: ticks(0), dts: ticks(0) };
        return { pts, dts, pieces, size: sizeOf(pieces), randomAccess: sample.sync };
      });
    },
  };
}

function audioWriter(track: AudioTrackDescription, encryption: StreamEncryption | undefined): ElementaryWriter {
  const { fourCc, timescale, decoderConfig } = track;
  if (encryption !== undefined && fourCc !== 'mp4a') {
    throw unsupported(`${fourCc} track`, 0, 'cannot be encrypted in a transport stream');
  }
  const headerOf = fourCc === 'mp4a' ? createAdtsHeaders(decoderConfig) : undefined;
  const kinds = {
    mp4a:
      encryption === undefined
        ? { type: STREAM_TYPE.aacAdts, streamId: STREAM_ID.audio, descriptors: new Uint8Array() }
        : {
            type: STREAM_TYPE.encryptedAac,
            streamId: STREAM_ID.audio,
            descriptors: encryptedAacDescriptors(track),
          },
    'ac-3': { type: STREAM_TYPE.ac3, streamId: STREAM_ID.private1, descriptors: registration('AC-3') },
    'ec-3': { type: STREAM_TYPE.eac3, streamId: STREAM_ID.private1, descriptors: registration('EAC3') },
  } as const;

  return {
    ...kinds[fourCc],
    packets: (samples) =>
      groupFrames(samples).map((frames): PesData => {
        const pieces = frames.flatMap(({ data }) =>
          headerOf === undefined
            ? [data]
            : [headerOf(data.length), encryption === undefined ? data : encryptFrame(data, encryption)],
        );
        const pts = rescale(frames[0]?.decodeTime ?? ticks(0), timescale, TS_TIMESCALE);
        return { pts, dts: pts, pieces, size: sizeOf(pieces), randomAccess: true };
      }),
  };
}

/** Of HE-AAC by what is signalled; AAC-LC else. */
const AUDIO_TYPES: ReadonlyMap<string, string> = new Map([
  ['mp4a.40.5', 'zach'],
  ['mp4a.40.29', 'zacp'],
]);

/** What a player cannot read from frames that are encrypted: audio_setup_information of Apple's format, §2.3.2. */
function encryptedAacDescriptors({ codec, decoderConfig }: AudioTrackDescription): Uint8Array {
  const setup = [
    ...ascii(AUDIO_TYPES.get(codec) ?? 'zaac'),
    // Priming: none that has to be left out. Version 1.
    ...[0, 0, 1],
    ...[decoderConfig.length, ...decoderConfig],
  ];
  return Uint8Array.from([...privateDataIndicator('aacd'), ...registration('apad', setup)]);
}

/** Frames that follow each other without a gap, as only the first of a packet has a time. */
function groupFrames(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  const groups: Sample[][] = [];
  let bytes = 0;
  let end: bigint | undefined;
  for (const sample of samples) {
    const group = groups.at(-1);
    // With room for the headers.
    const size = sample.data.length + 16;
    if (
      group === undefined ||
      group.length === MAX_FRAMES ||
      sample.decodeTime !== end ||
      bytes + size > MAX_PES_DATA
    ) {
      groups.push([sample]);
      bytes = size;
    } else {
      group.push(sample);
      bytes += size;
    }
    end = sample.decodeTime + BigInt(sample.duration);
  }
  return groups;
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** So far behind its own sample the picture of the first of them is shown too early: what they need as `delay`, in ticks of the track. */
export function neededDelay(samples: readonly Sample[]): bigint {
  const least = samples.reduce((found, { compositionOffset }) => Math.min(found, compositionOffset), 0);
  return BigInt(-least);
}
