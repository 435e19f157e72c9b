import { parseAudioMessage } from './audio-message.ts';
import { createAudioTrack } from './audio-track.ts';
import type { FlvOutput } from './flv-output.ts';
import { createMessageClock } from './message-clock.ts';
import { parseScriptMessage, type StreamMetadata } from './script-message.ts';
import { parseVideoMessage } from './video-message.ts';
import { createVideoTrack } from './video-track.ts';

/** Bits per second. */
export type Bitrates = { readonly video: number | undefined; readonly audio: number | undefined };

/**
 * Turns the messages of one RTMP stream into tracks, samples and cues. Video counts in 90 kHz, in which every millisecond is exact; audio in its
 * own samples. Timestamps may start anew after 32 bits.
 *
 * Each method takes a payload that it may keep views of, and throws what makes it senseless to go on: `media/malformed`,
 * `media/unsupported`, `MPE_INGEST_CODEC_NOT_SUPPORTED`, `MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED` (media without its sequence header),
 * `MPE_INGEST_DISCONTINUITY` (another sequence header in the middle), `MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV` (no key frames).
 * `script` may be gone on after whatever it throws: nothing has changed then.
 */
export type FlvReader = {
  audio(timestamp: number, payload: Uint8Array): void;
  video(timestamp: number, payload: Uint8Array): void;
  script(payload: Uint8Array): void;
  /** A frame waits for the next one, which says how long it lasts. Undefined when none does, else its probable duration in ms. */
  heldMs(): number | undefined;
  /** Lets the frame go that waits, with its probable duration: nothing has followed. */
  flush(): void;
};

/** `stated` comes from the address and goes before what the stream says of itself. */
export function createFlvReader(stated: Bitrates, output: FlvOutput): FlvReader {
  const clock = createMessageClock();
  let metadata: StreamMetadata | undefined;
  const video = createVideoTrack({
    bitrate: () => stated.video ?? metadata?.videoBitrate,
    frameRate: () => metadata?.frameRate,
    clock,
    output,
  });
  const audio = createAudioTrack({ bitrate: () => stated.audio ?? metadata?.audioBitrate, clock, output });

  return {
    audio: (timestamp, payload) => audio.message(timestamp, parseAudioMessage(payload)),
    video: (timestamp, payload) => video.message(timestamp, parseVideoMessage(payload)),
    script(payload) {
      const message = parseScriptMessage(payload);
      if (message.kind === 'metadata') {
        metadata = message.metadata;
      } else if (message.kind === 'cue') {
        output.onCue(message.cue);
      }
    },
    heldMs: video.heldMs,
    flush: video.flush,
  };
}
