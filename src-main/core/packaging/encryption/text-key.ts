import type { ContentKey, Protection } from '../../ports/protection.ts';

/** As text is called where it stands in files of media. */
const TEXT = { fourCc: 'wvtt' } as const;

/** Whole segments of text are encrypted as those of media are, its samples are not (spec 4.4): they have no decoder behind a content protection. */
export function textKeyOf(protection: Protection | undefined): ContentKey | undefined {
  return protection?.scheme === 'EnvelopeEncryption' ? protection.keyOf(TEXT) : undefined;
}
