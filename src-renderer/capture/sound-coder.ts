import type { CaptureStart } from '../../src-main/shared/api/browser-source.ts';
import type { PieceSample } from '../../src-main/shared/capture-piece.ts';
import tapUrl from './tap.ts?worker&url';
import { base64, bytesOf } from './video-coder.ts';

type Audio = CaptureStart['audio'];

/** The sound of what is captured, mixed; silence while there is none, so that the studio can tell a quiet page from a dead one. */
export type SoundCoder = { readonly close: () => void };

const CHANNELS = 2;
const BITRATE = 128_000;
/** A second: an encoder that does not keep up with sound has other worries. */
const MOST_WAITING = 50;

/** To be called while a button is being pressed: browsers let nothing sound, or be silent, before that. */
export async function openSoundCoder(options: {
  readonly tracks: readonly MediaStreamTrack[];
  readonly onAudio: (audio: Audio) => void;
  readonly onSample: (sample: PieceSample) => void;
  readonly onFault: (error: unknown) => void;
}): Promise<SoundCoder> {
  const context = new AudioContext({ latencyHint: 'interactive' });
  const { sampleRate } = context;
  const config = await chooseConfig(sampleRate);
  let isClosed = false;
  let hasDescribed = false;
  const encoder = new AudioEncoder({
    output(chunk, metadata) {
      if (isClosed) {
        return;
      }
      const description = metadata?.decoderConfig?.description;
      const isOpus = config.codec === 'opus';
      if (!hasDescribed && (isOpus || description !== undefined)) {
        hasDescribed = true;
        options.onAudio({
          codec: isOpus ? 'opus' : 'mp4a.40.2',
          sampleRate,
          channels: CHANNELS,
          config: isOpus || description === undefined ? '' : base64(bytesOf(description)),
        });
      }
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      options.onSample({ kind: 'audio', isKey: false, atMs: performance.now(), data });
    },
    error: options.onFault,
  });
  encoder.configure(config);

  await context.audioWorklet.addModule(tapUrl);
  const tap = new AudioWorkletNode(context, 'tap', {
    channelCount: CHANNELS,
    channelCountMode: 'explicit',
    outputChannelCount: [CHANNELS],
  });
  let framesSoFar = 0;
  tap.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
    const numberOfFrames = data.length / CHANNELS;
    const timestamp = Math.round((framesSoFar / sampleRate) * 1_000_000);
    framesSoFar += numberOfFrames;
    if (isClosed || encoder.state !== 'configured' || encoder.encodeQueueSize > MOST_WAITING) {
      return;
    }
    const sound = new AudioData({
      format: 'f32-planar',
      sampleRate,
      numberOfChannels: CHANNELS,
      numberOfFrames,
      timestamp,
      data,
    });
    encoder.encode(sound);
    sound.close();
  };
  for (const track of options.tracks) {
    context.createMediaStreamSource(new MediaStream([track])).connect(tap);
  }
  // It gives nothing out; without a way to the loudspeaker no browser would run it.
  tap.connect(context.destination);
  await context.resume();
  return {
    close() {
      isClosed = true;
      tap.port.onmessage = null;
      if (encoder.state !== 'closed') {
        encoder.close();
      }
      void context.close();
    },
  };
}

async function chooseConfig(sampleRate: number): Promise<AudioEncoderConfig> {
  for (const codec of ['opus', 'mp4a.40.2']) {
    const config = { codec, sampleRate, numberOfChannels: CHANNELS, bitrate: BITRATE };
    const { supported } = await AudioEncoder.isConfigSupported(config);
    if (supported === true) {
      return config;
    }
  }
  throw new Error('This browser encodes neither Opus nor AAC.');
}
