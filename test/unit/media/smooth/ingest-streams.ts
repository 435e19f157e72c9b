import { writeChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import { writeTrak } from '../../../../src-main/media/cmaf/trak.ts';
import type { TrackDescription } from '../../../../src-main/media/cmaf/types.ts';
import { type EventMessage, writeEmsg } from '../../../../src-main/media/isobmff/emsg.ts';
import { writeHdlr } from '../../../../src-main/media/isobmff/hdlr.ts';
import { writeLiveServerManifest } from '../../../../src-main/media/isobmff/live-server-manifest.ts';
import { writeMdhd } from '../../../../src-main/media/isobmff/mdhd.ts';
import { writeMfhd } from '../../../../src-main/media/isobmff/mfhd.ts';
import { writeMvhd } from '../../../../src-main/media/isobmff/mvhd.ts';
import { writeTfhd } from '../../../../src-main/media/isobmff/tfhd.ts';
import { writeTfxd } from '../../../../src-main/media/isobmff/tfxd.ts';
import { writeTkhd } from '../../../../src-main/media/isobmff/tkhd.ts';
import { writeTrun } from '../../../../src-main/media/isobmff/trun.ts';
import { writeSparseCue } from '../../../../src-main/media/smooth/sparse-cue.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { fromHex, pictures, VIDEO, written } from '../sample-media.ts';

/** What encoders send, made by hand where no encoder at hand sends it. */

export type MetaTrack = { readonly trackId: number; readonly timescale: number; readonly format: string };

/** A header with such tracks; those of media count from 1 in their order. */
export function header(descriptions: readonly TrackDescription[], meta: readonly MetaTrack[] = []): Uint8Array {
  return written((writer) =>
    writer.box('moov', () => {
      writeMvhd(writer, { timescale: 1000, duration: 0n, nextTrackId: 9 });
      for (const [index, description] of descriptions.entries()) {
        const box = { trackId: index + 1, description, movieDuration: 0n, mediaDuration: 0n, edits: [] };
        writeTrak(writer, box, () => undefined);
      }
      for (const { trackId, timescale, format } of meta) {
        writer.box('trak', () => {
          writeTkhd(writer, { trackId, duration: 0n, alternateGroup: 0, volume: 0, width: 0, height: 0 });
          writer.box('mdia', () => {
            writeMdhd(writer, { timescale, duration: 0n, language: 'und' });
            writeHdlr(writer, { type: 'meta', name: 'Cues' });
            writer.box('minf', () =>
              writer.box('stbl', () =>
                writer.fullBox('stsd', 0, 0, () => {
                  writer.u32(1);
                  writer.box(format, () => writer.zeros(8));
                }),
              ),
            );
          });
        });
      }
      writer.box('mvex', () => undefined);
    }),
  );
}

export function liveManifest(smil: string): Uint8Array {
  return written((writer) => writeLiveServerManifest(writer, smil));
}

export function message(event: EventMessage): Uint8Array {
  return written((writer) => writeEmsg(writer, event));
}

/** A fragment as Smooth Streaming has it: no `tfdt`, the time in `tfxd`, data offsets from the `moof` without saying so. */
export function smoothFragment(fragment: {
  readonly trackId: number;
  readonly time: bigint;
  readonly duration: bigint;
  readonly samples: readonly { readonly duration: number; readonly offset?: number; readonly data: Uint8Array }[];
}): Uint8Array {
  const { trackId, time, duration, samples } = fragment;
  return written((writer) => {
    let dataOffsetAt: number | undefined;
    writer.box('moof', () => {
      writeMfhd(writer, 1);
      writer.box('traf', () => {
        writeTfhd(writer, {
          trackId,
          baseDataOffset: undefined,
          sampleDescriptionIndex: undefined,
          defaultDuration: undefined,
          defaultSize: undefined,
          defaultFlags: 0,
          durationIsEmpty: false,
          defaultBaseIsMoof: false,
        });
        dataOffsetAt = writeTrun(writer, {
          sampleCount: samples.length,
          dataOffset: 0,
          firstSampleFlags: undefined,
          durations: Uint32Array.from(samples, (sample) => sample.duration),
          sizes: Uint32Array.from(samples, ({ data }) => data.length),
          flags: undefined,
          compositionOffsets: Int32Array.from(samples, ({ offset = 0 }) => offset),
        });
        writeTfxd(writer, { time: ticks(time), duration: ticks(duration) });
      });
    });
    writer.patchU32(dataOffsetAt ?? 0, writer.length + 8);
    writer.box('mdat', () => samples.forEach(({ data }) => writer.bytes(data)));
  });
}

export const SECTION = fromHex('fc302500000000000000fff01405000000017feffe2d142b00fe0123d3080001010100007f157a49');

export const SPARSE_MANIFEST = `<smil xmlns="http://www.w3.org/2001/SMIL20/Language"><body><switch>
<textstream systemBitrate="0" parentTrackName="video" manifestOutput="true">
<param name="trackID" value="3"/><param name="trackName" value="ads"/><param name="Subtype" value="DATA"/>
<param name="Scheme" value="urn:scte:scte35:2013:bin"/><param name="timescale" value="10000000"/>
</textstream></switch></body></smil>`;

/** A cue as a sparse track of id 3 has it: sent at `time`, for `delta` later. */
export function sparseFragment(cue: {
  readonly id: number;
  readonly time: bigint;
  readonly delta: number;
  readonly duration: bigint;
}): Uint8Array {
  const data = writeSparseCue({ id: cue.id, presentationTimeDelta: cue.delta, message: SECTION });
  return smoothFragment({ trackId: 3, ...cue, samples: [{ duration: 0, data }] });
}

export const SPARSE_HEADER = header([], [{ trackId: 3, timescale: 1000, format: 'scte' }]);

export const SPARSE_STREAM = Buffer.concat([
  liveManifest(SPARSE_MANIFEST),
  SPARSE_HEADER,
  sparseFragment({ id: 7, time: 10_000_000n, delta: 50_000_000, duration: 300_000_000n }),
]);

/** Pictures from `start` on, in one fragment. */
export function videoFragment(count: number, start = 0): Uint8Array {
  return writeChunk(pictures(count, { start }), { sequenceNumber: 1, kind: 'video' }).bytes;
}

export const VIDEO_HEADER = header([VIDEO]);
