import type { StudioState } from '../../../src-main/shared/api/studio.ts';

export type EcoOfferKind = 'eco' | 'full';

/** Of the Eco ladder, in pixels of all its layers. */
const ECO_PIXELS = 1280 * 720 + 640 * 360;

/** What there is to offer: less work on battery, and all of it again when that is over. While something is encoded, for the next time. */
export function offerFor({ ladder }: Pick<StudioState, 'ladder'>, isOnBattery: boolean): EcoOfferKind | undefined {
  const isEco = ladder.choice.kind === 'preset' && ladder.choice.preset === 'Eco';
  const pixels = (ladder.layers ?? []).reduce((sum, { width, height }) => sum + width * height, 0);
  if (isOnBattery) {
    return !isEco && pixels > ECO_PIXELS ? 'eco' : undefined;
  }
  return isEco ? 'full' : undefined;
}
