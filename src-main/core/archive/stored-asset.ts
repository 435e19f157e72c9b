import { z } from 'zod';
import { asset, marker } from '../../shared/api/assets.ts';

/** An asset's row: all of it but what is looked up when it is shown. */
export const storedAsset = asset.omit({ locators: true });
export type StoredAsset = z.infer<typeof storedAsset>;

/** The markers of an asset, one row under its name. */
export const storedMarkers = z.array(marker);
export type StoredMarkers = z.infer<typeof storedMarkers>;
