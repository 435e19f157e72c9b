import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { createFile, MP4BoxBuffer } from 'mp4box';

/** A sample as somebody else's code reads it. Times in ticks of the track. */
export type SeenSample = {
  readonly decodeTime: number;
  readonly presentationTime: number;
  readonly duration: number;
  readonly sync: boolean;
  readonly data: Uint8Array;
};

export type SeenTrack = {
  readonly codec: string;
  readonly timescale: number;
  readonly samples: readonly SeenSample[];
};

/** What mp4box.js finds in a file, fragmented or not. Presentation times are before any edit list. */
export function readWithMp4box(file: string): readonly SeenTrack[] {
  const bytes = readFileSync(file);
  const reader = createFile();
  let problem: string | undefined;
  reader.onError = (module, message) => {
    problem = `${module}: ${message}`;
  };
  reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(bytes).buffer, 0), true);
  reader.flush();
  assert.equal(problem, undefined);
  return reader.getInfo().tracks.map(({ id, codec, timescale }) => ({
    codec,
    timescale,
    samples: reader.getTrackSamplesInfo(id).map((sample) => ({
      decodeTime: sample.dts,
      presentationTime: sample.cts,
      duration: sample.duration,
      sync: sample.is_sync,
      data: new Uint8Array(bytes.subarray(sample.offset, sample.offset + sample.size)),
    })),
  }));
}

export type SeenPacket = { readonly seconds: number; readonly key: boolean; readonly data: Uint8Array };

export type SeenStream = {
  readonly type: string;
  readonly codec: string | null;
  /** In decode order, at presentation times, edit lists applied. */
  readonly packets: readonly SeenPacket[];
};

/** What mediabunny finds in a file. */
export async function readWithMediabunny(file: string): Promise<readonly SeenStream[]> {
  using input = new Input({
    source: new BufferSource(new Uint8Array(readFileSync(file)).buffer),
    formats: ALL_FORMATS,
  });
  const streams: SeenStream[] = [];
  for (const track of await input.getTracks()) {
    const packets: SeenPacket[] = [];
    for await (const { timestamp, type, data } of new EncodedPacketSink(track).packets()) {
      packets.push({ seconds: timestamp, key: type === 'key', data });
    }
    streams.push({ type: track.type, codec: await track.getCodecParameterString(), packets });
  }
  return streams;
}
