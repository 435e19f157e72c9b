import { z } from 'zod';
import { asset, marker } from '../../shared/api/assets.ts';

/** An asset's row: all of it but what is looked up when it is shown. */
export const storedAsset = asset.omit({ locators: true });
export type StoredAsset = z.infer<typeof storedAsset>;

/**
 * The markers of an asset, one row under its name. `atMs`: of one that was set while it was recorded, in UTC, because the recording may lose its
 * beginning meanwhile; its `time` says nothing then.
 */
export const storedMarkers = z.array(marker.extend({ atMs: z.number().optional() }));
export type StoredMarkers = z.infer<typeof storedMarkers>;
