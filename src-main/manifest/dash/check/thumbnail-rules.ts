import type { ViolationLog } from '../../violation.ts';
import type { AdaptationSet, Representation } from '../adaptation-set.ts';
import type { Mpd } from '../mpd.ts';

const TILES = 'DASH-IF IOP v4.3 6.2.6';
const SCHEME = 'http://dashif.org/guidelines/thumbnail_tile';

/** Sets of images: sprites of thumbnails, addressed by number, each as long as the others. */
export function checkThumbnails(log: ViolationLog, mpd: Mpd): void {
  for (const { adaptationSets } of mpd.periods) {
    for (const set of adaptationSets.filter(({ contentType }) => contentType === 'image')) {
      for (const representation of set.representations) {
        checkRepresentation(log, mpd, set, representation);
      }
    }
  }
}

function checkRepresentation(
  log: ViolationLog,
  mpd: Mpd,
  set: AdaptationSet,
  representation: Representation,
): void {
  const at = `representation ${representation.id}`;
  const template = { ...set.segmentTemplate, ...representation.segmentTemplate };
  const mimeType = representation.mimeType ?? set.mimeType;
  log.must(mimeType === 'image/jpeg' || mimeType === 'image/png', TILES, `${at} is neither JPEG nor PNG`);
  log.must(
    template.duration !== undefined && template.media?.includes('$Number') === true,
    TILES,
    `${at} has no duration, or no $Number$ in its address`,
  );
  const properties = [...(representation.essentialProperties ?? []), ...(set.essentialProperties ?? [])];
  const [, columns, rows] =
    /^(\d+)x(\d+)$/.exec(properties.find(({ schemeIdUri }) => schemeIdUri === SCHEME)?.value ?? '') ?? [];
  log.must(columns !== undefined && rows !== undefined, TILES, `${at} does not say how its pictures are laid out`);
  const { width = 0, height = 0 } = representation;
  log.must(
    width > 0 && height > 0 && width % Number(columns) === 0 && height % Number(rows) === 0,
    TILES,
    `${at} is no whole number of pictures wide and high`,
  );
  const seconds = (template.duration ?? 0) / (template.timescale ?? 1);
  const { availabilityTimeOffset = 0 } = template;
  log.must(
    mpd.type === 'static' || availabilityTimeOffset < seconds,
    '23009-1 5.3.9.5.3',
    `${at} can be asked for before it begins`,
  );
}
