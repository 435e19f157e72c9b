import type { Packager } from '../ports/packaging.ts';
import type { Front } from './planner.ts';
import type { SentObjects } from './sent-objects.ts';

/**
 * Forgets texts that are not any more what was sent: captions of a recording can be corrected, while media never change. They are in memory, so
 * looking costs nothing.
 */
export async function forgetChangedTexts(
  { listing, publication }: Front,
  { packager, sent }: { readonly packager: Packager; readonly sent: SentObjects },
): Promise<void> {
  for (const { name, resource } of listing.media.values()) {
    const version = name.endsWith('.vtt') ? sent.versionOf(name) : undefined;
    if (version !== undefined) {
      const answer = await packager.answer(publication, resource, '');
      if (answer.kind === 'media' && answer.version !== version) {
        sent.remove(name);
      }
    }
  }
}
