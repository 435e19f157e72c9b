import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TextCue } from '../../../media/text/cue.ts';
import { writeWebVtt } from '../../../media/text/webvtt.ts';
import { ticksToSeconds } from '../../../media/time.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { Transcript } from '../transcript-file.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';
import type { StoredTrack } from './tracks-json.ts';

/**
 * Writes what was understood of a recording into its folder, as Azure Media Services did: `auto-generated-best_en.vtt` in its root, with times that
 * count from the beginning of the recording. Gives the tracks that these files are.
 */
export async function writeTranscripts(
  folder: string,
  presentation: Presentation,
  transcripts: readonly Transcript[],
  created: string,
): Promise<readonly StoredTrack[]> {
  const { startMs, endMs } = spanOf(presentation);
  const tracks: StoredTrack[] = [];
  for (const { name, language, label, bitrate, cues } of transcripts) {
    const fileName = `auto-generated-best_${language}.vtt`;
    const shown = cues
      .filter((cue) => cue.endMs > startMs && cue.startMs < endMs)
      .map((cue) => placed(cue, startMs));
    const text = writeWebVtt({ blocks: [], cues: shown }).replace(/^WEBVTT\n/, `WEBVTT\nLanguage: ${language}\n`);
    await writeFileAtomic(join(folder, fileName), text);
    tracks.push({
      ...{ id: `${name}-${randomUUID().slice(0, 8)}`, name, kind: 'text', format: 'vtt', fileName, place: 'root' },
      ...{ displayName: label, languageCode: language, playerVisibility: 'Visible', created },
      hlsSettings: {
        default: false,
        forced: false,
        characteristics: 'public.accessibility.transcribes-spoken-dialog',
      },
      dashSettings: { role: 'caption' },
      ...{ bitrate, size: Buffer.byteLength(text) },
      ...(shown.length === 0 ? { remark: 'There is no text in it.' } : {}),
    });
  }
  return tracks;
}

function placed(cue: TextCue, startMs: number): TextCue {
  return {
    ...cue,
    startMs: Math.max(0, Math.round(cue.startMs - startMs)),
    endMs: Math.round(cue.endMs - startMs),
  };
}

/** Media time in ms, by the track that added text is placed by. */
function spanOf(presentation: Presentation): { readonly startMs: number; readonly endMs: number } {
  const leader = presentation.tracks()[0];
  if (leader === undefined || leader.segments.length === 0) {
    return { startMs: 0, endMs: 0 };
  }
  const { segments, track } = leader;
  const last = segments.at(segments.length - 1);
  return {
    startMs: 1000 * ticksToSeconds(segments.at(0).time, track.timescale),
    endMs: 1000 * (ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale),
  };
}
