import { assert } from '../../base/assert.ts';
import type { Sample, TrackDescription } from '../cmaf/types.ts';
import { type Ticks, ticks } from '../time.ts';
import type { ElementaryWriter, PesData } from './elementary-writer.ts';
import { type PesUnit, writePackets } from './packet-writer.ts';
import { MAX_PES_DATA, STREAM_ID, streamTime, writePesHeader } from './pes-writer.ts';
import { TS_TIMESCALE } from './stream-clock.ts';
import { ID3_DESCRIPTOR, ID3_POINTER, writeProgramAssociation, writeProgramMap } from './table-writer.ts';
import { PAT_PID } from './ts-packet.ts';

/** The same in every segment of every rendition. */
const PID = { map: 0x1000, video: 0x100, audio: 0x101, metadata: 0x102 } as const;
const METADATA_TYPE = 0x15;

/** Added to all times, so that none is below 0 where media begins at 0, however early it has to be decoded. */
const BASE = BigInt(10 * TS_TIMESCALE);
/** So long before it is decoded a picture begins to arrive, by the clock of the stream. */
const ARRIVAL = BigInt(TS_TIMESCALE / 5);

export type SegmentTrack = {
  readonly kind: TrackDescription['kind'];
  readonly writer: ElementaryWriter;
  readonly samples: readonly Sample[];
  /** See `ElementaryWriter.packets`; the same for all segments of a track. */
  readonly delay: bigint;
};

/** An ID3 tag, and when it applies in ticks of 90 kHz. */
export type TimedId3 = { readonly time: Ticks; readonly tag: Uint8Array };

type Timed = { readonly dts: Ticks; readonly unit: PesUnit };

/**
 * A segment of HLS as a transport stream (8216bis §3.1.1): one picture at most, one sound at most, and with `metadata` a stream of ID3 tags.
 * What it says of its streams depends on the tracks alone, so it is the same in all segments, also where a track has nothing.
 *
 * Times are those of the samples and 10 s, of which 33 bits are there: they begin anew every 26.5 hours, as in every transport stream.
 */
export function writeTsSegment(
  tracks: readonly SegmentTrack[],
  metadata: readonly TimedId3[] | undefined,
): Uint8Array {
  const kinds = new Set(tracks.map(({ kind }) => kind));
  assert(tracks.length > 0 && kinds.size === tracks.length, 'a segment has one track of each kind');
  const clockPid = kinds.has('video') ? PID.video : PID.audio;
  const mapped = tracks.map(({ kind, writer: { type, descriptors } }) => ({ pid: PID[kind], type, descriptors }));
  const tagged = { pid: PID.metadata, type: METADATA_TYPE, descriptors: ID3_DESCRIPTOR };
  const map = writeProgramMap({
    clockPid,
    descriptors: metadata === undefined ? new Uint8Array() : ID3_POINTER,
    streams: metadata === undefined ? mapped : [...mapped, tagged],
  });
  const timed = [
    ...tracks.flatMap(({ kind, writer, samples, delay }) =>
      writer
        .packets(samples, delay)
        .map((data) =>
          mediaUnit(data, { pid: PID[kind], streamId: writer.streamId, hasClock: PID[kind] === clockPid }),
        ),
    ),
    ...(metadata ?? []).flatMap(metadataUnits),
  ].toSorted((a, b) => Number(a.dts - b.dts));
  return writePackets(
    [
      { pid: PAT_PID, section: writeProgramAssociation(PID.map) },
      { pid: PID.map, section: map },
    ],
    timed.map(({ unit }) => unit),
  );
}

function mediaUnit(
  { pts, dts, pieces, size, randomAccess }: PesData,
  { pid, streamId, hasClock }: { readonly pid: number; readonly streamId: number; readonly hasClock: boolean },
): Timed {
  const header = writePesHeader({ streamId, pts: based(pts), dts: based(dts), dataBytes: size, aligned: true });
  const clock = hasClock ? streamTime(ticks(dts + BASE - ARRIVAL)) : undefined;
  const unit = { pid, pieces: [header, ...pieces], size: header.length + size, clock, randomAccess };
  return { dts, unit };
}

/** A tag that is longer than a PES packet goes on in the next one, which does not begin with an access unit. */
function metadataUnits({ time, tag }: TimedId3): readonly Timed[] {
  const units: Timed[] = [];
  // In parts of one length: a few bytes left over could not be spread over packets.
  const step = Math.ceil(tag.length / Math.ceil(tag.length / MAX_PES_DATA));
  for (let at = 0; at < tag.length; at += step) {
    const data = tag.subarray(at, at + step);
    const times = { pts: based(time), dts: based(time) };
    const header = writePesHeader({
      ...times,
      streamId: STREAM_ID.private1,
      dataBytes: data.length,
      aligned: at === 0,
    });
    const size = header.length + data.length;
    units.push({
      dts: time,
      unit: { pid: PID.metadata, pieces: [header, data], size, clock: undefined, randomAccess: false },
    });
  }
  return units;
}

function based(time: Ticks): Ticks {
  return ticks(time + BASE);
}
