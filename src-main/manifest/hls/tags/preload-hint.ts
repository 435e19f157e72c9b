import { compact } from '../../compact.ts';
import {
  decimalInteger,
  integer,
  oneOf,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
  type ValueReader,
} from '../attribute-list.ts';

/** EXT-X-PRELOAD-HINT, 8216bis §4.4.5.3: what players may ask for before it is there; the request is held until it is. */
export type PreloadHint = {
  readonly type: 'PART' | 'MAP';
  readonly uri: string;
  /** First byte of the hinted resource in the one at `uri`; 0 when left out. */
  readonly byteRangeStart?: number | undefined;
  /** Left out: to the end, which is right for a part whose length is not known yet (§6.2.6). */
  readonly byteRangeLength?: number | undefined;
};

export function writePreloadHint(hint: PreloadHint): string {
  return tagLine('EXT-X-PRELOAD-HINT', [
    ['TYPE', hint.type],
    ['URI', quoted(hint.uri)],
    ['BYTERANGE-START', integer(hint.byteRangeStart)],
    ['BYTERANGE-LENGTH', integer(hint.byteRangeLength)],
  ]);
}

const anyWord: ValueReader<string> = (raw) => (raw.startsWith('"') ? undefined : raw);

/** Undefined for a TYPE that is not known here: clients have to ignore those (§6.3.8). */
export function parsePreloadHint(tag: Tag): PreloadHint | undefined {
  const attributes = readAttributes(tag);
  const type = oneOf('PART', 'MAP')(attributes.required('TYPE', anyWord));
  if (type === undefined) {
    return undefined;
  }
  return compact({
    type,
    uri: attributes.required('URI', quotedString),
    byteRangeStart: attributes.optional('BYTERANGE-START', decimalInteger),
    byteRangeLength: attributes.optional('BYTERANGE-LENGTH', decimalInteger),
  });
}
