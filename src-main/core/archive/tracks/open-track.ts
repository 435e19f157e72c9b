import { readFile } from 'node:fs/promises';
import { writeInitSegment } from '../../../media/cmaf/init-segment.ts';
import type { SegmentTable } from '../../../media/cmaf/segment-table.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { ShownAs, TextTrack, Track, TrackWindow } from '../../ports/presentation.ts';
import { readMediaFile } from '../media-file.ts';
import { windowOf } from '../recording-presentation.ts';
import { createSegmentRows } from '../segment-rows.ts';
import { parseText } from './take-file.ts';
import { type StoredTrack, trackFile, tracksFolder } from './tracks-json.ts';

/** All but where on the timeline its times begin. */
export type OpenText = Omit<TextTrack, 'zero'>;

/** An added track, ready to be played. */
export type OpenTrack =
  | { readonly kind: 'text'; readonly text: OpenText }
  | { readonly kind: 'audio'; readonly window: TrackWindow; readonly table: SegmentTable };

/** Throws when its file is gone or is not what it was. */
export async function openTrack(assetFolder: string, stored: StoredTrack): Promise<OpenTrack> {
  return stored.format === 'aac'
    ? await openSound(assetFolder, stored)
    : await openText(assetFolder, stored, stored.format);
}

async function openText(assetFolder: string, stored: StoredTrack, format: 'vtt' | 'ttml'): Promise<OpenTrack> {
  const bytes = await readFile(trackFile(assetFolder, stored));
  const { id, name, bitrate, languageCode: language } = stored;
  const source = { format, bytes };
  const text: OpenText = {
    ...{ kind: 'text', id, name, bitrate, language, source },
    shownAs: shownAsOf(stored),
    text: parseText(format, bytes),
  };
  return { kind: 'text', text };
}

async function openSound(assetFolder: string, stored: StoredTrack): Promise<OpenTrack> {
  const { id, name, bitrate, languageCode: language } = stored;
  const place = { folder: tracksFolder(assetFolder), track: { id, kind: 'audio' }, number: 1 } as const;
  const { header, records, damage } = await readMediaFile({ ...place, repair: false });
  if (header?.description.kind !== 'audio' || damage.length > 0) {
    throw new AppError('archive/damaged', `The track ${name} cannot be played. ${damage.join(' ')}`);
  }
  const { timescale } = header.description;
  const rows = createSegmentRows({ kind: 'audio', timescale, range: { first: 0, last: Infinity } });
  rows.add(place.number, records);
  const table = rows.finish();
  const description = { ...header.description, bitrate, language };
  const track: Track = {
    ...description,
    id,
    name,
    init: writeInitSegment(description),
    shownAs: shownAsOf(stored),
  };
  return { kind: 'audio', window: windowOf({ track, table }), table };
}

function shownAsOf({ displayName, playerVisibility, hlsSettings, dashSettings }: StoredTrack): ShownAs {
  return {
    label: displayName,
    hidden: playerVisibility === 'Hidden',
    isDefault: hlsSettings.default,
    forced: hlsSettings.forced,
    characteristics: hlsSettings.characteristics === '' ? [] : hlsSettings.characteristics.split(','),
    role: dashSettings.role,
  };
}
