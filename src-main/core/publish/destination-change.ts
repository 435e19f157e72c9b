import type { z } from 'zod';
import { type DestinationCreate, type DestinationPatch, destination } from '../../shared/api/publishing.ts';
import { type PushAddress, pathParts, splitPushAddress } from './push-address.ts';
import { isSrt, withStreamId } from './srt-address.ts';

/** What lasts of a destination. Its keys are with the secrets. */
export const storedDestination = destination.pick({
  name: true,
  url: true,
  backupUrl: true,
  hasStreamKey: true,
  enabled: true,
  quality: true,
  playbackUrl: true,
});
export type StoredDestination = z.infer<typeof storedDestination>;

/** What becomes of a key in the store. */
export type KeyChange =
  | 'kept'
  | { readonly key: string | undefined }
  /** Only a part of what is kept. */
  | { readonly from: (known: string | undefined) => string | undefined };

export type DestinationChange = {
  readonly row: StoredDestination;
  readonly key: KeyChange;
  readonly backupKey: KeyChange;
};

/** All of it anew. Throws `publish/protocol`. */
export function createdDestination(name: string, request: DestinationCreate): DestinationChange {
  const main = splitPushAddress(request.url, request.streamKey);
  const backup = backupOf(request.backupUrl, main.url);
  return {
    row: {
      name,
      url: main.url,
      ...(backup === undefined ? {} : { backupUrl: backup.url }),
      hasStreamKey: main.key !== undefined,
      enabled: request.enabled,
      quality: request.quality,
      ...(request.playbackUrl === undefined ? {} : { playbackUrl: request.playbackUrl }),
    },
    key: { key: main.key },
    backupKey: { key: backup?.key },
  };
}

/** What the patch leaves out stays, above all the keys, which nobody can read back to give them again. Throws `publish/protocol`. */
export function patchedDestination(row: StoredDestination, patch: DestinationPatch): DestinationChange {
  const main = patchedMain(row, patch);
  const { backupUrl: oldBackupUrl, playbackUrl: oldPlaybackUrl, ...rest } = row;
  const playbackUrl = patch.playbackUrl === undefined ? oldPlaybackUrl : (patch.playbackUrl ?? undefined);
  const backup =
    patch.backupUrl === undefined
      ? { url: oldBackupUrl, key: 'kept' as const }
      : withKeyChange(backupOf(patch.backupUrl ?? undefined, main.url));
  return {
    row: {
      ...rest,
      url: main.url,
      ...(backup.url === undefined ? {} : { backupUrl: backup.url }),
      hasStreamKey: main.key === 'kept' ? row.hasStreamKey : 'from' in main.key || main.key.key !== undefined,
      enabled: patch.enabled ?? row.enabled,
      quality: patch.quality ?? row.quality,
      ...(playbackUrl === undefined ? {} : { playbackUrl }),
    },
    key: main.key,
    backupKey: backup.key,
  };
}

function patchedMain(
  row: StoredDestination,
  { url, streamKey }: DestinationPatch,
): { readonly url: string; readonly key: KeyChange } {
  const address = url ?? row.url;
  if (isSrt(row.url) !== isSrt(address)) {
    return changed(splitPushAddress(address, streamKey ?? undefined));
  }
  if (isSrt(address)) {
    return patchedSrt(address, streamKey);
  }
  if (streamKey !== undefined) {
    const { url: server, key } = splitPushAddress(url ?? row.url, streamKey ?? '');
    return { url: server, key: { key } };
  }
  if (url === undefined) {
    return { url: row.url, key: 'kept' };
  }
  // An address with a key inside brings its own.
  if (row.hasStreamKey && pathParts(url) < 2) {
    return { url: splitPushAddress(url, '').url, key: 'kept' };
  }
  const { url: server, key } = splitPushAddress(url, undefined);
  return { url: server, key: { key } };
}

/** A new address without secrets keeps those that there are; a new stream id keeps the passphrase; `null` forgets both. */
function patchedSrt(
  address: string,
  streamKey: string | null | undefined,
): { readonly url: string; readonly key: KeyChange } {
  const { url, key } = splitPushAddress(address, undefined);
  if (key !== undefined || streamKey === null || streamKey === '') {
    return changed(splitPushAddress(address, streamKey ?? undefined));
  }
  if (streamKey === undefined) {
    return { url, key: 'kept' };
  }
  // What is wrong with it is said now, and not when it is put to what is kept.
  splitPushAddress(address, streamKey);
  return { url, key: { from: (known) => withStreamId(known, streamKey) } };
}

function changed({ url, key }: PushAddress): { readonly url: string; readonly key: KeyChange } {
  return { url, key: { key } };
}

/** A backup is written like the main address: with a key behind it only when it has one part more; else the main key is meant. */
function backupOf(
  url: string | undefined,
  mainUrl: string,
): { readonly url: string; readonly key: string | undefined } | undefined {
  const hasKeyInside = url !== undefined && (isSrt(url) || pathParts(url) > pathParts(mainUrl));
  return url === undefined ? undefined : splitPushAddress(url, hasKeyInside ? undefined : '', 'backupUrl');
}

function withKeyChange(backup: { readonly url: string; readonly key: string | undefined } | undefined): {
  readonly url: string | undefined;
  readonly key: KeyChange;
} {
  return { url: backup?.url, key: { key: backup?.key } };
}
