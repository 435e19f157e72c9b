import { AppError } from '../shared/app-error.ts';

/**
 * Text from outside that is not what its format says, or a model that its format has no words for. The message names the place and the
 * rule, never the text itself: playlists and MPDs hold URLs with tokens.
 */
export function malformed(what: string, rule: string, line?: number): AppError {
  const place = line === undefined ? what : `${what}, line ${line}`;
  return new AppError('media/malformed', `${place}: ${rule}.`, { details: { what, line } });
}
