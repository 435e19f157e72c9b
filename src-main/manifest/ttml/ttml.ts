import { isLanguageTag } from '../../media/isobmff/language.ts';
import type { TextCue, TimedText } from '../../media/text/cue.ts';
import { brokenText, decodeUtf8 } from '../../media/text/text-file.ts';
import { escapeCueText } from '../../media/text/webvtt.ts';
import { AppError } from '../../shared/app-error.ts';
import { XML_NAMESPACE, type XmlElement } from '../dash/xml.ts';
import { readXml } from '../dash/xml-reader.ts';

const FORMAT = 'TTML';
const TTML = 'http://www.w3.org/ns/ttml';
const PARAMETER = `{${TTML}#parameter}`;
const STYLING = `{${TTML}#styling}`;
const XML_ID = `{${XML_NAMESPACE}}id`;
const XML_LANG = `{${XML_NAMESPACE}}lang`;
const XML_SPACE = `{${XML_NAMESPACE}}space`;
const MAX_CUES = 100_000;

/** How the times of a document count (TTML2 §7.2). */
type Clock = { readonly frameRate: number; readonly tickRate: number };
type Span = { readonly startMs: number; readonly endMs: number };
type Reader = {
  readonly source: string;
  readonly clock: Clock;
  readonly styles: ReadonlyMap<string, XmlElement>;
  readonly cues: TextCue[];
};

/** Whether a file is XML rather than anything else that tracks are made of. */
export function looksLikeXml(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 64)));
}

/**
 * Reads what a TTML document (TTML2, IMSC 1.1 text profile) says and when, with italics, bold and underline; where on the screen it says it
 * stays with the document. Throws `media/malformed` with the line where it is not XML or has times that are none, and `media/unsupported` for
 * sequential containers and clocks.
 */
export function parseTtml(bytes: Uint8Array): TimedText {
  const source = decodeUtf8(FORMAT, bytes);
  const root = readDocument(source);
  if (root.name !== 'tt' || root.namespace !== TTML) {
    throw brokenText(FORMAT, 1, `is no TTML: its root is not tt in ${TTML}`);
  }
  const timeBase = root.attributes.get(`${PARAMETER}timeBase`) ?? 'media';
  if (timeBase !== 'media') {
    throw notTaken(`The TTML file counts ttp:timeBase="${timeBase.slice(0, 20)}"; only media times are taken.`);
  }
  const elements = root.children.filter((child) => typeof child !== 'string');
  const head = elements.find(({ name }) => name === 'head');
  const body = elements.find(({ name }) => name === 'body');
  const reader: Reader = { source, clock: clockOf(root), styles: stylesOf(head), cues: [] };
  if (body !== undefined) {
    readContainer(body, { startMs: 0, endMs: Number.POSITIVE_INFINITY }, reader, root.attributes.get(XML_SPACE));
  }
  const language = root.attributes.get(XML_LANG) ?? '';
  return {
    language: isLanguageTag(language) ? language : undefined,
    blocks: [],
    cues: reader.cues.toSorted((a, b) => a.startMs - b.startMs),
  };
}

function readDocument(source: string): XmlElement {
  try {
    return readXml(source);
  } catch (error) {
    const line = error instanceof AppError ? error.details['line'] : undefined;
    if (typeof line !== 'number' || !(error instanceof AppError)) {
      throw error;
    }
    throw brokenText(
      FORMAT,
      line,
      `is not XML: ${error.message.replace(/^XML, line \d+: /, '').replace(/\.$/, '')}`,
    );
  }
}

function notTaken(message: string): AppError {
  return new AppError('media/unsupported', message, { details: { format: FORMAT } });
}

function clockOf({ attributes }: XmlElement): Clock {
  const [numerator = 1, denominator = 1] = (attributes.get(`${PARAMETER}frameRateMultiplier`) ?? '1 1')
    .split(/\s+/)
    .map(Number);
  const base = Number(attributes.get(`${PARAMETER}frameRate`) ?? 30);
  const frameRate = (base * numerator) / denominator;
  const isStated = attributes.has(`${PARAMETER}frameRate`);
  const tickRate = Number(attributes.get(`${PARAMETER}tickRate`) ?? (isStated ? frameRate : 1));
  if (!(frameRate > 0) || !(tickRate > 0) || !Number.isFinite(frameRate * tickRate)) {
    throw brokenText(FORMAT, 1, 'has a frame rate or tick rate that is none');
  }
  return { frameRate, tickRate };
}

function stylesOf(head: XmlElement | undefined): ReadonlyMap<string, XmlElement> {
  const styles = new Map<string, XmlElement>();
  const collect = (element: XmlElement): void => {
    const id = element.attributes.get(XML_ID);
    if (element.name === 'style' && id !== undefined) {
      styles.set(id, element);
    }
    element.children.forEach((child) => typeof child !== 'string' && collect(child));
  };
  if (head !== undefined) {
    collect(head);
  }
  return styles;
}

function readContainer(element: XmlElement, outer: Span, reader: Reader, space: string | undefined): void {
  const span = spanOf(element, outer, reader);
  const inner = element.attributes.get(XML_SPACE) ?? space;
  for (const child of element.children) {
    if (typeof child === 'string') {
      continue;
    }
    if (child.name === 'p') {
      readParagraph(child, span, reader, inner);
    } else if (child.name === 'div') {
      readContainer(child, span, reader, inner);
    }
  }
}

/** A paragraph is one cue, and each of its spans that has times of its own another. */
function readParagraph(element: XmlElement, outer: Span, reader: Reader, outerSpace: string | undefined): void {
  const span = spanOf(element, outer, reader);
  const space = element.attributes.get(XML_SPACE) ?? outerSpace;
  const timed: { readonly text: string; readonly span: Span }[] = [];
  const text = textOf(element, reader, (child) => {
    if (!child.attributes.has('begin') && !child.attributes.has('end') && !child.attributes.has('dur')) {
      return false;
    }
    timed.push({ text: textOf(child, reader, () => false), span: spanOf(child, span, reader) });
    return true;
  });
  for (const one of [{ text, span }, ...timed]) {
    const tidy = space === 'preserve' ? one.text.replace(/\n{2,}/g, '\n') : collapse(one.text);
    if (tidy.replace(/<[^>]*>|\s/g, '') === '' || !(one.span.endMs > one.span.startMs)) {
      continue;
    }
    if (!Number.isFinite(one.span.endMs)) {
      throw brokenText(FORMAT, lineOfElement(element, reader), 'has a paragraph that never ends');
    }
    if (reader.cues.length === MAX_CUES) {
      throw brokenText(FORMAT, lineOfElement(element, reader), `has more than ${MAX_CUES} paragraphs`);
    }
    reader.cues.push({ ...one.span, id: '', settings: '', text: tidy });
  }
}

/** XML's white space means nothing; `br` alone breaks lines, written as vertical tabs until here. */
function collapse(text: string): string {
  return text
    .replace(/[ \t\r\n]+/g, ' ')
    .split('\v')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

function textOf(element: XmlElement, reader: Reader, isTakenAway: (span: XmlElement) => boolean): string {
  const inner = element.children.map((child) => {
    if (typeof child === 'string') {
      return escapeCueText(child.replaceAll('\v', ' '));
    }
    if (child.name === 'br') {
      return element.attributes.get(XML_SPACE) === 'preserve' ? '\n' : '\v';
    }
    return child.name !== 'span' || isTakenAway(child) ? '' : textOf(child, reader, isTakenAway);
  });
  const text = inner.join('');
  return tagsOf(element, reader).reduce(
    (marked, tag) => (marked === '' ? '' : `<${tag}>${marked}</${tag}>`),
    text,
  );
}

/** Of what the styles of an element say, that for which WebVTT has tags. */
function tagsOf(element: XmlElement, { styles }: Reader): readonly string[] {
  const referred = (element.attributes.get('style') ?? '').split(/\s+/).flatMap((id) => styles.get(id) ?? []);
  const says = (name: string): string | undefined =>
    [element, ...referred.toReversed()]
      .map(({ attributes }) => attributes.get(STYLING + name))
      .find((value) => value);
  return [
    ...(/italic|oblique/.test(says('fontStyle') ?? '') ? ['i'] : []),
    ...(says('fontWeight') === 'bold' ? ['b'] : []),
    ...(/\bunderline\b/.test(says('textDecoration') ?? '') ? ['u'] : []),
  ];
}

/** When an element is shown: its times count from where what it stands in begins, and end with that. */
function spanOf(element: XmlElement, outer: Span, reader: Reader): Span {
  if (element.attributes.get('timeContainer') === 'seq') {
    throw notTaken(
      'The TTML file has timeContainer="seq", which is not taken; give every paragraph its own times.',
    );
  }
  const time = (name: string): number | undefined => {
    const value = element.attributes.get(name);
    return value === undefined ? undefined : timeOf(value, name, reader);
  };
  const startMs = outer.startMs + (time('begin') ?? 0);
  const [end, duration] = [time('end'), time('dur')];
  const endMs = Math.min(
    outer.endMs,
    end === undefined ? Number.POSITIVE_INFINITY : outer.startMs + end,
    duration === undefined ? Number.POSITIVE_INFINITY : startMs + duration,
  );
  if (element.attributes.has('end') && endMs <= startMs && outer.endMs > startMs) {
    throw brokenText(
      FORMAT,
      lineOfAttribute('end', element.attributes.get('end') ?? '', reader),
      'has an end that is not behind its beginning',
    );
  }
  return { startMs: Math.round(startMs), endMs: Math.round(endMs) };
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a time expression (TTML2 §12.3.1). */
function timeOf(value: string, name: string, reader: Reader): number {
  const { frameRate, tickRate } = reader.clock;
  const clock = /^(\d{2,}):([0-5]\d):([0-5]\d|60)(?:\.(\d+)|:(\d{2,}))?$/.exec(value);
  if (clock !== null) {
    const [, hours, minutes, seconds, fraction, frames] = clock;
    const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return whole * 1000 + Number(`0.${fraction ?? 0}`) * 1000 + (Number(frames ?? 0) * 1000) / frameRate;
  }
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(h|ms|m|s|f|t)$/.exec(value) ?? [];
  if (count === undefined) {
    throw brokenText(FORMAT, lineOfAttribute(name, value, reader), `has a ${name} that is no time`);
  }
  const each = unit === 'f' ? 1000 / frameRate : unit === 't' ? 1000 / tickRate : (UNIT_MS[unit] ?? 0);
  return Number(count) * each;
}

/** The tree does not know its lines; what is wrong is looked for in the text, where its first occurrence is as good as any. */
function lineOfAttribute(name: string, value: string, { source }: Reader): number {
  const at = [`${name}="${value}"`, `${name}='${value}'`].map((written) => source.indexOf(written));
  return lineAt(source, Math.max(...at));
}

function lineOfElement(element: XmlElement, { source }: Reader): number {
  const id = element.attributes.get(XML_ID) ?? element.attributes.get('begin');
  return lineAt(source, id === undefined ? source.indexOf(`<${element.name}`) : source.indexOf(`"${id}"`));
}

function lineAt(source: string, at: number): number {
  return source.slice(0, Math.max(0, at)).split('\n').length;
}
