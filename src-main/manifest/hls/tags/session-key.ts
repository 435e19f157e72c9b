import { readAttributes, type Tag, tagLine } from '../attribute-list.ts';
import { type EncryptionKey, keyAttributes, readKey } from './key.ts';

/** EXT-X-SESSION-KEY, 8216bis §4.4.6.5: a key of the media playlists, so that players can fetch it before they read those. */
export function writeSessionKey(key: EncryptionKey): string {
  return tagLine('EXT-X-SESSION-KEY', keyAttributes(key));
}

export function parseSessionKey(tag: Tag): EncryptionKey {
  return readKey(readAttributes(tag));
}
