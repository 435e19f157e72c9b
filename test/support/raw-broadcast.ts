import type { Lectern } from './lectern-process.ts';
import { rawPublisher, sendFrames } from './raw-feeds.ts';
import type { RtmpClient } from './rtmp-client.ts';
import { ingestUrl, type Published, record, segmentsAt, startEvent } from './service-stage.ts';

/** A live event that has been sent pictures and sound of no sense, and a live output that has recorded them: live in a second, without ffmpeg. */
export type RawBroadcast = {
  readonly tape: Published;
  /** Media playlists, the picture first. */
  readonly playlists: readonly string[];
  readonly encoder: RtmpClient;
};

export async function rawBroadcast(
  lectern: Lectern,
  options: { readonly name?: string; readonly frames?: number } = {},
): Promise<RawBroadcast> {
  const { name = 'show', frames = 240 } = options;
  const event = await startEvent(lectern, name);
  const tape = await record(lectern, name);
  const encoder = await rawPublisher(ingestUrl(event, 'rtmp'), 'one');
  await sendFrames(encoder, { frames, keyEvery: 60, audio: true });
  return { tape, encoder, playlists: await segmentsAt(tape.hls, 2) };
}
