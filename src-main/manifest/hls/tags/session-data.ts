import { compact } from '../../compact.ts';
import { oneOf, quoted, quotedString, readAttributes, type Tag, tagLine } from '../attribute-list.ts';

/** EXT-X-SESSION-DATA, 8216bis §4.4.6.4. */
export type SessionData = {
  /** Reverse DNS, e.g. `com.example.title`. */
  readonly dataId: string;
  readonly language?: string | undefined;
} & (
  | { readonly value: string }
  /** JSON when `format` is left out. */
  | { readonly uri: string; readonly format?: 'JSON' | 'RAW' | undefined }
);

export function writeSessionData(data: SessionData): string {
  const value = 'value' in data ? data.value : undefined;
  const resource = 'uri' in data ? data : undefined;
  return tagLine('EXT-X-SESSION-DATA', [
    ['DATA-ID', quoted(data.dataId)],
    ['VALUE', quoted(value)],
    ['URI', quoted(resource?.uri)],
    ['FORMAT', resource?.format],
    ['LANGUAGE', quoted(data.language)],
  ]);
}

export function parseSessionData(tag: Tag): SessionData {
  const attributes = readAttributes(tag);
  const common = {
    dataId: attributes.required('DATA-ID', quotedString),
    language: attributes.optional('LANGUAGE', quotedString),
  };
  const value = attributes.optional('VALUE', quotedString);
  const uri = attributes.optional('URI', quotedString);
  if ((value === undefined) === (uri === undefined)) {
    throw attributes.broken('either VALUE or URI is needed, not both');
  }
  if (uri !== undefined) {
    return compact({ ...common, uri, format: attributes.optional('FORMAT', oneOf('JSON', 'RAW')) });
  }
  return compact({ ...common, value: value ?? '' });
}
