import { compact } from '../compact.ts';
import { type ElementReader, text, unsigned } from './element-reader.ts';
import { xmlText } from './xml.ts';

/** Label, ISO/IEC 23009-1 §5.3.10: a name for people. */
export type Label = {
  readonly text: string;
  readonly id?: number | undefined;
  /** BCP 47. */
  readonly lang?: string | undefined;
};

export function writeLabel({ id, lang, text: words }: Label): string {
  return xmlText('Label', { id, lang }, words);
}

export function parseLabel(reader: ElementReader): Label {
  return compact({
    text: reader.text(),
    id: reader.optional('id', unsigned),
    lang: reader.optional('lang', text),
  });
}
