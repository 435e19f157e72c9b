import { type Ticks, ticks } from '../../media/time.ts';
import { fromBase64, toBase64 } from '../binary-text.ts';
import { compact } from '../compact.ts';
import { elementsIn } from './descriptor.ts';
import { type ElementReader, text, textOf, unsigned, unsignedTicks } from './element-reader.ts';
import { SCTE35 } from './namespaces.ts';
import { escapeText, writeXmlElement, type XmlElement, xml, xmlInline } from './xml.ts';

/** Events in the MPD, ISO/IEC 23009-1 §5.10.2, and the announcement of those in segments (`emsg`), §5.10.3. */

export type EventStream = {
  readonly schemeIdUri: string;
  readonly value?: string | undefined;
  /** 1 when left out. */
  readonly timescale?: number | undefined;
  /** What `presentationTime` has at the start of the Period. */
  readonly presentationTimeOffset?: Ticks | undefined;
  readonly events: readonly MpdEvent[];
};

export type MpdEvent = {
  readonly presentationTime: Ticks;
  /** In ticks of the stream; left out, it is not known. */
  readonly duration?: Ticks | undefined;
  /** Events of a stream with the same id, presentation time and scheme are one event. */
  readonly id?: number | undefined;
  readonly content: EventContent;
};

export type EventContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  /** Any bytes, written in base64. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A splice_info_section: scte35:Signal with a scte35:Binary, scheme `urn:scte:scte35:2014:xml+bin` (SCTE 214-1 §6.8.4). */
  | { readonly kind: 'splice'; readonly section: Uint8Array }
  | { readonly kind: 'elements'; readonly elements: readonly XmlElement[] };

export type InbandEventStream = Omit<EventStream, 'events' | 'presentationTimeOffset'>;

export function writeEventStream(stream: EventStream): string {
  const { schemeIdUri, value, timescale, presentationTimeOffset, events } = stream;
  const attributes = { schemeIdUri, value, timescale, presentationTimeOffset };
  return xml('EventStream', attributes, events.map(writeEvent).join(''));
}

function writeEvent({ presentationTime, duration, id, content }: MpdEvent): string {
  const contentEncoding = content.kind === 'bytes' ? 'base64' : undefined;
  return xmlInline('Event', { presentationTime, duration, id, contentEncoding }, writeContent(content));
}

function writeContent(content: EventContent): string {
  switch (content.kind) {
    case 'none':
      return '';
    case 'text':
      return escapeText(content.text);
    case 'bytes':
      return toBase64(content.bytes);
    case 'splice':
      return writeXmlElement(scte35('Signal', [scte35('Binary', [toBase64(content.section)])]));
    case 'elements':
      return content.elements.map(writeXmlElement).join('');
  }
}

function scte35(name: string, children: readonly (XmlElement | string)[]): XmlElement {
  return { ...SCTE35, name, attributes: new Map(), children };
}

export function writeInbandEventStream({ schemeIdUri, value, timescale }: InbandEventStream): string {
  return xml('InbandEventStream', { schemeIdUri, value, timescale });
}

export function parseEventStream(reader: ElementReader): EventStream {
  return compact({
    schemeIdUri: reader.required('schemeIdUri', text),
    value: reader.optional('value', text),
    timescale: reader.optional('timescale', unsigned),
    presentationTimeOffset: reader.optional('presentationTimeOffset', unsignedTicks),
    events: reader.all('Event', parseEvent) ?? [],
  });
}

export function parseInbandEventStream(reader: ElementReader): InbandEventStream {
  return compact({
    schemeIdUri: reader.required('schemeIdUri', text),
    value: reader.optional('value', text),
    timescale: reader.optional('timescale', unsigned),
  });
}

function parseEvent(reader: ElementReader): MpdEvent {
  return compact({
    presentationTime: reader.optional('presentationTime', unsignedTicks) ?? ticks(0n),
    duration: reader.optional('duration', unsignedTicks),
    id: reader.optional('id', unsigned),
    content: parseContent(reader),
  });
}

function parseContent(reader: ElementReader): EventContent {
  const elements = elementsIn(reader.element);
  const [first] = elements;
  const section = first && sectionIn(first);
  if (elements.length === 1 && section !== undefined) {
    return { kind: 'splice', section };
  }
  if (elements.length > 0) {
    return { kind: 'elements', elements };
  }
  const content = reader.text();
  if (reader.optional('contentEncoding', text) === 'base64') {
    const bytes = fromBase64(content);
    if (bytes === undefined) {
      throw reader.broken('the content is not base64');
    }
    return { kind: 'bytes', bytes };
  }
  const words = content === '' ? (reader.optional('messageData', text) ?? '') : content;
  return words === '' ? { kind: 'none' } : { kind: 'text', text: words };
}

/** Undefined for signals in XML, which stay as they are. */
function sectionIn(element: XmlElement): Uint8Array | undefined {
  const isSignal = (candidate: XmlElement, name: string): boolean =>
    candidate.name === name && candidate.namespace === SCTE35.namespace;
  const [binary, ...others] = elementsIn(element);
  return isSignal(element, 'Signal') && binary !== undefined && others.length === 0 && isSignal(binary, 'Binary')
    ? fromBase64(textOf(binary))
    : undefined;
}
