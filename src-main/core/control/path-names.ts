import { z } from 'zod';
import { liveEventName, liveOutputName, resourceName } from '../../shared/api/common.ts';
import { filterName } from '../../shared/api/filters.ts';
import { imageId, sceneCollectionName } from '../../shared/api/scenes.ts';
import { endpointName } from '../../shared/api/streaming-endpoints.ts';
import { sceneId, sourceId } from '../../shared/api/studio.ts';
import { trackName } from '../../shared/api/tracks.ts';
import { programId } from '../../shared/api/v2.ts';

/** Ids that the service made: nothing in them that could mean something to a file system. */
const madeId = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be letters, digits, hyphens and underscores');

/** What a path parameter must look like, by the segment in front of it. */
const NAMES: Readonly<Record<string, z.ZodType<string>>> = {
  liveEvents: liveEventName,
  liveOutputs: liveOutputName,
  assets: resourceName,
  tracks: trackName,
  accountFilters: filterName,
  assetFilters: filterName,
  streamingLocators: resourceName,
  streamingPolicies: resourceName,
  contentKeyPolicies: resourceName,
  streamingEndpoints: endpointName,
  destinations: resourceName,
  uploads: resourceName,
  webhooks: resourceName,
  scenes: sceneId,
  collections: sceneCollectionName,
  sources: sourceId,
  images: imageId,
  Channels: liveEventName,
  Programs: programId,
  StreamingEndpoints: endpointName,
};

/** The parameters of a path of the route table, and what each must look like. */
export function pathNames(path: string): Readonly<Record<string, z.ZodType<string>>> {
  const found = [...path.matchAll(/(\w+)(?:\/|\(')\{(\w+)\}/g)];
  return Object.fromEntries(
    found.map(([, collection = '', name = '']) => [name, NAMES[collection] ?? madeId] as const),
  );
}
