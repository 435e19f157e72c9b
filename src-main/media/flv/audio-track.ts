import { aacCodecString, aacFrameSamples, aacOutput, parseAacConfig } from '../codecs/aac.ts';
import type { AudioMessage } from './audio-message.ts';
import type { FlvOutput } from './flv-output.ts';
import { createFrameCount, type MessageClock } from './message-clock.ts';
import { createSequenceHeader } from './sequence-header.ts';

/** AAC of one stream. Frames go out as they come: how long one lasts is known from the sequence header. */
export function createAudioTrack(options: {
  readonly bitrate: () => number | undefined;
  readonly clock: MessageClock;
  readonly output: FlvOutput;
}): { message(timestamp: number, message: AudioMessage): void } {
  const { output } = options;
  const header = createSequenceHeader('audio');
  let track: ReturnType<typeof begin>;

  /** Tells the track, once its sequence header is there. */
  function begin() {
    const decoderConfig = header.use();
    if (decoderConfig === undefined) {
      return undefined;
    }
    const config = parseAacConfig(decoderConfig);
    const { sampleRate, channels } = aacOutput(config);
    const declaredBitrate = options.bitrate();
    const description = {
      kind: 'audio',
      fourCc: 'mp4a',
      timescale: sampleRate,
      codec: aacCodecString(config),
      bitrate: declaredBitrate ?? 0,
      language: 'und',
      sampleRate,
      channels,
      decoderConfig,
    } as const;
    output.onTrack({ description, declaredBitrate });
    const frameDuration = aacFrameSamples(config);
    return { frameDuration, timeOf: createFrameCount({ timescale: sampleRate, frameDuration }) };
  }

  return {
    message(timestamp, message) {
      if (message.kind === 'config') {
        header.take(message.bytes);
      } else if (message.kind === 'frame') {
        track ??= begin();
        if (track !== undefined) {
          output.onSample('audio', {
            decodeTime: track.timeOf(options.clock(timestamp)),
            duration: track.frameDuration,
            compositionOffset: 0,
            sync: true,
            data: message.bytes,
          });
        }
      }
    },
  };
}
