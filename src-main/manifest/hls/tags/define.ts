import { malformed } from '../../malformed.ts';
import { quoted, quotedString, readAttributes, type Tag, tagLine, type ValueReader } from '../attribute-list.ts';

/** EXT-X-DEFINE, 8216bis §4.4.2.3: a variable. What uses one (`{$name}`) stays as it is in the model; nothing is replaced. */
export type Define =
  | { readonly kind: 'value'; readonly name: string; readonly value: string }
  /** The value that the multivariant playlist gave it; only in media playlists. */
  | { readonly kind: 'import'; readonly name: string }
  /** The value of that parameter of the playlist's own URI. */
  | { readonly kind: 'query-parameter'; readonly name: string };

const NAME = /^[A-Za-z0-9_-]+$/;

const variableName: ValueReader<string> = (raw) => {
  const name = quotedString(raw);
  return name !== undefined && NAME.test(name) ? name : undefined;
};

export function writeDefine(define: Define): string {
  if (!NAME.test(define.name)) {
    throw malformed('EXT-X-DEFINE', 'a variable name has only letters, digits, hyphens and underscores');
  }
  switch (define.kind) {
    case 'value':
      return tagLine('EXT-X-DEFINE', [
        ['NAME', quoted(define.name)],
        ['VALUE', quoted(define.value)],
      ]);
    case 'import':
      return tagLine('EXT-X-DEFINE', [['IMPORT', quoted(define.name)]]);
    case 'query-parameter':
      return tagLine('EXT-X-DEFINE', [['QUERYPARAM', quoted(define.name)]]);
  }
}

export function parseDefine(tag: Tag): Define {
  const attributes = readAttributes(tag);
  const [kind, ...others] = ['NAME', 'IMPORT', 'QUERYPARAM'].filter(attributes.has);
  if (kind === undefined || others.length > 0) {
    throw attributes.broken('exactly one of NAME, IMPORT and QUERYPARAM is needed');
  }
  const name = attributes.required(kind, variableName);
  if (kind === 'NAME') {
    return { kind: 'value', name, value: attributes.required('VALUE', quotedString) };
  }
  return { kind: kind === 'IMPORT' ? 'import' : 'query-parameter', name };
}
