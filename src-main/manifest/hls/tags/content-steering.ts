import { compact } from '../../compact.ts';
import { quoted, quotedString, readAttributes, type Tag, tagLine } from '../attribute-list.ts';

/** EXT-X-CONTENT-STEERING, 8216bis §4.4.6.6. */
export type ContentSteering = { readonly serverUri: string; readonly pathwayId?: string | undefined };

export function writeContentSteering(steering: ContentSteering): string {
  return tagLine('EXT-X-CONTENT-STEERING', [
    ['SERVER-URI', quoted(steering.serverUri)],
    ['PATHWAY-ID', quoted(steering.pathwayId)],
  ]);
}

export function parseContentSteering(tag: Tag): ContentSteering {
  const attributes = readAttributes(tag);
  return compact({
    serverUri: attributes.required('SERVER-URI', quotedString),
    pathwayId: attributes.optional('PATHWAY-ID', quotedString),
  });
}
