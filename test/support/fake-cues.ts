import { type CueList, createCueList } from '../../src-main/core/live/cues/cue-list.ts';
import { CUE_TIMESCALE } from '../../src-main/core/ports/cues.ts';
import { ticks } from '../../src-main/media/time.ts';
import type { FakePresentation } from './fake-presentation.ts';

/** The cue list of the program on a made-up broadcast. `follow` is to be called as that goes on. */
export function cuesOn(fake: FakePresentation): CueList {
  const { presentation } = fake;
  const list = createCueList({
    position() {
      const [leader] = presentation.tracks();
      const complete = leader!.segments.firstSequence + leader!.segments.length;
      const isBegun = presentation.partSeconds !== undefined && leader!.open !== undefined;
      return {
        edge: ticks(BigInt(Math.round((fake.edgeMs() * CUE_TIMESCALE) / 1000))),
        hasVideo: true,
        nextSequence: Math.max(1, isBegun ? leader!.open!.sequence + 1 : complete),
      };
    },
  });
  list.changed.on((changes) => changes.forEach((cue) => fake.cue(cue)));
  return list;
}
