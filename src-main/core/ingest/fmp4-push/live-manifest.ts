import type { XmlElement } from '../../../manifest/dash/xml.ts';
import { readXml } from '../../../manifest/dash/xml-reader.ts';
import { fromIso6392, isLanguageTag } from '../../../media/isobmff/language.ts';

/** One track as a Smooth Streaming encoder describes it in its live server manifest. What is undefined it did not say. */
export type ManifestTrack = {
  readonly kind: 'video' | 'audio' | 'text';
  readonly trackId: number | undefined;
  readonly name: string | undefined;
  /** Bits per second, more than 0. */
  readonly bitrate: number | undefined;
  /** BCP 47; never `und`. */
  readonly language: string | undefined;
  /** Ticks per second of the fragments. */
  readonly timescale: number | undefined;
  /** Of a text track: `DATA`, and what the data is. */
  readonly subtype: string | undefined;
  readonly scheme: string | undefined;
};

/** Twenty tracks with long codec data have 40 kB and 300 elements. */
const LIMITS = { maxCharacters: 256 * 1024, maxElements: 4096, maxDepth: 16, maxAttributes: 64 };
const MAX_TRACKS = 64;
const MAX_NAME = 128;
const MAX_U32 = 0xffff_ffff;

const KINDS: ReadonlyMap<string, ManifestTrack['kind']> = new Map([
  ['video', 'video'],
  ['audio', 'audio'],
  ['textstream', 'text'],
]);

/**
 * Reads the SMIL of a live server manifest: `<switch>` with `<video>`, `<audio>` and `<textstream>`, whose facts are attributes or `<param>`s
 * (a `<param>` wins), in any case of letters and any namespace, as encoders differ in both. Throws `media/malformed` for what is no XML.
 */
export function readLiveManifest(smil: string): readonly ManifestTrack[] {
  const tracks: ManifestTrack[] = [];
  // Encoders indent it, and some put a line end before the declaration, where XML allows nothing.
  collect(readXml(smil.trim(), LIMITS), tracks);
  return tracks.slice(0, MAX_TRACKS);
}

/** The description of a track of the `moov`: the one that names its id, else the only one of the only track. */
export function findManifestTrack(
  manifest: readonly ManifestTrack[],
  trackId: number,
  tracksInHeader: number,
): ManifestTrack | undefined {
  const [first] = manifest;
  const isAlone = tracksInHeader === 1 && manifest.length === 1 && first?.trackId === undefined;
  return manifest.find((track) => track.trackId === trackId) ?? (isAlone ? first : undefined);
}

function collect(element: XmlElement, tracks: ManifestTrack[]): void {
  const kind = KINDS.get(element.name.toLowerCase());
  if (kind !== undefined) {
    tracks.push(trackOf(kind, element));
    return;
  }
  for (const child of element.children) {
    if (typeof child !== 'string') {
      collect(child, tracks);
    }
  }
}

function trackOf(kind: ManifestTrack['kind'], element: XmlElement): ManifestTrack {
  const facts = factsOf(element);
  return {
    kind,
    trackId: numberOf(facts.get('trackid')),
    name: facts.get('trackname')?.slice(0, MAX_NAME),
    bitrate: numberOf(facts.get('systembitrate')),
    language: languageOf(facts.get('systemlanguage')),
    timescale: numberOf(facts.get('timescale')),
    subtype: facts.get('subtype'),
    scheme: facts.get('scheme'),
  };
}

/** By name in small letters, without those that say nothing. */
function factsOf(element: XmlElement): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  const add = (name: string, value: string): void => {
    if (value.trim() !== '') {
      facts.set(name.toLowerCase(), value.trim());
    }
  };
  element.attributes.forEach((value, name) => add(name, value));
  for (const child of element.children) {
    if (typeof child !== 'string' && child.name.toLowerCase() === 'param') {
      add(child.attributes.get('name') ?? '', child.attributes.get('value') ?? '');
    }
  }
  return facts;
}

/** Numbers of 32 bits, without 0, which stands for "not known". */
function numberOf(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return value > 0 && value <= MAX_U32 ? value : undefined;
}

function languageOf(text: string | undefined): string | undefined {
  const tag = fromIso6392(text?.toLowerCase() ?? 'und');
  return tag !== 'und' && isLanguageTag(tag) ? tag : undefined;
}
