import { type CaptionKinds, findCaptions } from '../../../media/codecs/captions.ts';
import { CAPTION_CHANNELS, type CaptionChannel, type Track } from '../../ports/presentation.ts';
import type { TimelineInput } from '../../ports/timeline.ts';

/** Which tracks of an event have captions in their pictures. It is known when the first ones come. */
export type CaptionWatch = {
  /** Looks at what passes on its way to the timeline. */
  readonly input: TimelineInput;
  readonly channelsOf: (trackId: string) => readonly CaptionChannel[];
  /** Goes up when something was found. */
  readonly revision: () => number;
};

const NONE: readonly CaptionChannel[] = [];

export function watchCaptions(input: TimelineInput, onFound: () => void): CaptionWatch {
  const tracks = new Map<string, Track & { readonly kind: 'video' }>();
  const found = new Map<string, CaptionKinds>();
  const channels = new Map<string, readonly CaptionChannel[]>();
  let revision = 0;

  function look(track: Track & { readonly kind: 'video' }, data: Uint8Array): boolean {
    const before = found.get(track.id);
    const kinds = findCaptions(data, track);
    const cea608 = before?.cea608 === true || kinds.cea608;
    const cea708 = before?.cea708 === true || kinds.cea708;
    if (cea608 === (before?.cea608 ?? false) && cea708 === (before?.cea708 ?? false)) {
      return false;
    }
    found.set(track.id, { cea608, cea708 });
    channels.set(
      track.id,
      CAPTION_CHANNELS.filter((channel) => (channel === 'CC1' ? cea608 : cea708)),
    );
    return true;
  }

  return {
    input: {
      open(opened) {
        for (const track of opened) {
          if (track.kind === 'video') {
            tracks.set(track.id, track);
          }
        }
        input.open(opened);
      },
      push(trackId, samples) {
        const track = tracks.get(trackId);
        let isNews = false;
        if (track !== undefined && channels.get(trackId)?.length !== 2) {
          for (const { data } of samples) {
            isNews = look(track, data) || isNews;
          }
        }
        input.push(trackId, samples);
        if (isNews) {
          revision += 1;
          onFound();
        }
      },
    },
    channelsOf: (trackId) => channels.get(trackId) ?? NONE,
    revision: () => revision,
  };
}
