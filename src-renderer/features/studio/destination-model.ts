import type { Destination } from '../../../src-main/shared/api/publishing.ts';

export type DestinationDraft = {
  readonly name: string;
  readonly url: string;
  readonly backupUrl: string;
  /** Empty means: leave the key that is kept. */
  readonly streamKey: string;
  /** `top`, or kbit/s. */
  readonly quality: string;
  readonly enabled: boolean;
  readonly playbackUrl: string;
};

export function draftOf(destination: Destination | undefined): DestinationDraft {
  return {
    name: destination?.name ?? '',
    url: destination?.url ?? '',
    backupUrl: destination?.backupUrl ?? '',
    streamKey: '',
    quality: String(destination?.quality ?? 'top'),
    enabled: destination?.enabled ?? true,
    playbackUrl: destination?.playbackUrl ?? '',
  };
}

export function isReady(draft: DestinationDraft): boolean {
  return draft.name.trim() !== '' && draft.url.trim() !== '';
}

export function destinationRequest(draft: DestinationDraft) {
  const key = draft.streamKey.trim();
  const backupUrl = draft.backupUrl.trim();
  const playbackUrl = draft.playbackUrl.trim();
  return {
    url: draft.url.trim(),
    enabled: draft.enabled,
    quality: draft.quality === 'top' ? ('top' as const) : Number(draft.quality),
    ...(key === '' ? {} : { streamKey: key }),
    ...(backupUrl === '' ? {} : { backupUrl }),
    ...(playbackUrl === '' ? {} : { playbackUrl }),
  };
}
