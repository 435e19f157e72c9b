import { compact } from '../compact.ts';
import { type ElementReader, text } from './element-reader.ts';
import { xml, xmlText } from './xml.ts';

/** ProgramInformation, ISO/IEC 23009-1 §5.7. */
export type ProgramInformation = {
  readonly title?: string | undefined;
  readonly source?: string | undefined;
  readonly copyright?: string | undefined;
  /** BCP 47. */
  readonly lang?: string | undefined;
  readonly moreInformationUrl?: string | undefined;
};

export function writeProgramInformation(information: ProgramInformation): string {
  const content = [
    ['Title', information.title],
    ['Source', information.source],
    ['Copyright', information.copyright],
  ] as const;
  return xml(
    'ProgramInformation',
    { lang: information.lang, moreInformationURL: information.moreInformationUrl },
    content.map(([name, words]) => (words === undefined ? '' : xmlText(name, {}, words))).join(''),
  );
}

export function parseProgramInformation(reader: ElementReader): ProgramInformation {
  const words = (child: ElementReader): string => child.text();
  return compact({
    title: reader.one('Title', words),
    source: reader.one('Source', words),
    copyright: reader.one('Copyright', words),
    lang: reader.optional('lang', text),
    moreInformationUrl: reader.optional('moreInformationURL', text),
  });
}
