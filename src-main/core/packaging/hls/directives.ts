import { AppError } from '../../../shared/app-error.ts';

/** The delivery directives of a playlist request, 8216bis §6.2.5. */
export type Directives = {
  /** Wait for this segment, or for a part of it. */
  readonly block: { readonly mediaSequence: number; readonly part: number | undefined } | undefined;
  /** Leave out segments, or also date ranges. */
  readonly skip: 'segments' | 'date-ranges' | undefined;
};

const NO_DIRECTIVES: Directives = { block: undefined, skip: undefined };
/** A value that is not known may be ignored: a whole playlist is always right. */
const SKIPS: ReadonlyMap<string | null, Directives['skip']> = new Map([
  ['YES', 'segments'],
  ['v2', 'date-ranges'],
]);

/** Reads `_HLS_msn`, `_HLS_part` and `_HLS_skip`; everything else in the query is not ours. Throws `MPE_BAD_URL_SYNTAX`. */
export function parseDirectives(query: string): Directives {
  if (!query.includes('_HLS_')) {
    return NO_DIRECTIVES;
  }
  const values = new URLSearchParams(query);
  const mediaSequence = wholeNumber(values, '_HLS_msn');
  const part = wholeNumber(values, '_HLS_part');
  if (part !== undefined && mediaSequence === undefined) {
    throw badDirective('_HLS_part stands without _HLS_msn');
  }
  return {
    block: mediaSequence === undefined ? undefined : { mediaSequence, part },
    skip: SKIPS.get(values.get('_HLS_skip')),
  };
}

function wholeNumber(values: URLSearchParams, name: string): number | undefined {
  const [text, ...others] = values.getAll(name);
  if (text === undefined) {
    return undefined;
  }
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || others.length > 0) {
    throw badDirective(`${name} is not one whole number`);
  }
  return value;
}

export function badDirective(what: string): AppError {
  return new AppError('MPE_BAD_URL_SYNTAX', `The playlist cannot be asked for like this: ${what}.`);
}
