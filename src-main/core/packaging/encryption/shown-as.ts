import type { Presentation } from '../../ports/presentation.ts';

/** A presentation that differs in some respects from another one, and otherwise follows it. Where its files lie is not passed on. */
export function shownAs(
  presentation: Presentation,
  over: Partial<Pick<Presentation, 'tracks' | 'readSegment' | 'readPart' | 'partSeconds'>>,
): Presentation {
  return followed(presentation, { ...over, fileOf: () => undefined });
}

/** What differs in some respects from something else, and otherwise is as that is: also what is computed when it is asked for. */
export function followed<T extends object>(original: T, over: Partial<T>): T {
  return Object.defineProperties(
    { ...original },
    { ...Object.getOwnPropertyDescriptors(original), ...Object.getOwnPropertyDescriptors(over) },
  );
}

/** Without parts: a fragment that is encrypted as a whole cannot be sent while it is being written (8216bis §4.4.4.9). */
export function wholeSegments(presentation: Presentation): Presentation {
  return shownAs(presentation, { partSeconds: undefined });
}
