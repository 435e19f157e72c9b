import { elementsIn } from '../../src-main/manifest/dash/descriptor.ts';
import { textOf as wordsOf } from '../../src-main/manifest/dash/element-reader.ts';
import type { XmlElement } from '../../src-main/manifest/dash/xml.ts';
import { readXml } from '../../src-main/manifest/dash/xml-reader.ts';
import { readBoxes } from '../../src-main/media/isobmff/box-reader.ts';
import { parseMdhd } from '../../src-main/media/isobmff/mdhd.ts';
import { parseTfdt } from '../../src-main/media/isobmff/tfdt.ts';
import { emsgsIn } from '../integration/live/emsgs-in.ts';
import { playlistsOf, textOf } from './service-stage.ts';

/** What players are told of cues, read out of real answers. All times are seconds of UTC, sections base64. */

/** The attributes of a tag, quotes taken off. */
export type Attributes = Readonly<Record<string, string>>;

export type ListedSegment = {
  readonly url: string;
  readonly sequence: number;
  readonly start: number;
  readonly end: number;
  /** EXT-X-CUE before it. */
  readonly cues: readonly Attributes[];
};

export type ListedRange = {
  readonly id: string;
  readonly start: number;
  readonly planned: number | undefined;
  readonly duration: number | undefined;
  readonly out: string | undefined;
  readonly in: string | undefined;
  readonly command: string | undefined;
};

export type CuePlaylist = {
  readonly url: string;
  readonly kind: 'video' | 'audio';
  /** Of the initialization. */
  readonly map: string;
  readonly ranges: readonly ListedRange[];
  readonly segments: readonly ListedSegment[];
  readonly hasEnded: boolean;
};

export async function cuePlaylist(url: string): Promise<CuePlaylist> {
  const lines = ((await textOf(url)) ?? '').split('\n');
  const segments: ListedSegment[] = [];
  const ranges: ListedRange[] = [];
  let map = '';
  let sequence = 0;
  let start = 0;
  let seconds = 0;
  let cues: Attributes[] = [];
  for (const line of lines) {
    const [tag = '', value = ''] = /^#(EXT[A-Z0-9-]+):?(.*)$/.exec(line)?.slice(1) ?? [];
    switch (tag) {
      case 'EXT-X-MEDIA-SEQUENCE':
        sequence = Number(value);
        break;
      case 'EXT-X-MAP':
        map = new URL(attributesOf(value)['URI'] ?? '', url).href;
        break;
      case 'EXT-X-PROGRAM-DATE-TIME':
        start = Date.parse(value) / 1000;
        break;
      case 'EXTINF':
        seconds = Number.parseFloat(value);
        break;
      case 'EXT-X-CUE':
        cues.push(attributesOf(value));
        break;
      case 'EXT-X-DATERANGE':
        ranges.push(rangeOf(attributesOf(value)));
        break;
      default:
        if (line !== '' && !line.startsWith('#')) {
          segments.push({ url: new URL(line, url).href, sequence, start, end: start + seconds, cues });
          sequence += 1;
          start += seconds;
          cues = [];
        }
    }
  }
  const kind = url.includes('Manifest(audio') ? 'audio' : 'video';
  return { url, kind, map, ranges, segments, hasEnded: lines.includes('#EXT-X-ENDLIST') };
}

/** Every media playlist behind a multivariant one. */
export async function cuePlaylists(hls: string): Promise<readonly CuePlaylist[]> {
  return await Promise.all((await playlistsOf(hls)).map(cuePlaylist));
}

/** The address of the same manifest with EXT-X-CUE. */
export function legacy(hls: string): string {
  return hls.replace(/\)$/, ',cue=legacy)');
}

function attributesOf(list: string): Attributes {
  return Object.fromEntries(
    [...list.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('"', ''),
    ]),
  );
}

function rangeOf(attributes: Attributes): ListedRange {
  const number = (name: string): number | undefined =>
    attributes[name] === undefined ? undefined : Number(attributes[name]);
  const section = (name: string): string | undefined => {
    const hex = attributes[name];
    return hex === undefined ? undefined : Buffer.from(hex.replace(/^0x/, ''), 'hex').toString('base64');
  };
  return {
    id: attributes['ID'] ?? '',
    start: Date.parse(attributes['START-DATE'] ?? '') / 1000,
    planned: number('PLANNED-DURATION'),
    duration: number('DURATION'),
    out: section('SCTE35-OUT'),
    in: section('SCTE35-IN'),
    command: section('SCTE35-CMD'),
  };
}

export type ListedEvent = {
  readonly scheme: string;
  readonly value: string;
  readonly id: string;
  readonly start: number;
  readonly duration: number | undefined;
  readonly section: string | undefined;
};

export type MpdTrack = {
  readonly id: string;
  readonly kind: string;
  readonly timescale: number;
  readonly segments: readonly string[];
};

export type CueMpd = {
  readonly isLive: boolean;
  readonly tracks: readonly MpdTrack[];
  readonly events: readonly ListedEvent[];
  /** By the content type of the set: scheme and value of what its segments may have. */
  readonly inband: Readonly<Record<string, readonly string[]>>;
};

/** What an MPD has, over all of its Periods. */
export async function cueMpd(dash: string): Promise<CueMpd> {
  const mpd = readXml((await textOf(dash)) ?? '');
  const periods = childrenOf(mpd, 'Period').map((period) => {
    // Pictures for seeking are no media that anything is told in.
    const sets = childrenOf(period, 'AdaptationSet').filter(
      ({ attributes }) => attributes.get('contentType') !== 'image',
    );
    return { sets, events: eventsOf(period, zeroOf(sets)) };
  });
  const sets = periods.flatMap((period) => period.sets);
  const inband = Object.groupBy(sets, (set) => set.attributes.get('contentType') ?? '');
  const byId = Map.groupBy(
    sets.flatMap((set) => tracksOf(set, dash)),
    ({ id }) => id,
  );
  return {
    isLive: mpd.attributes.get('type') === 'dynamic',
    tracks: [...byId.values()].flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, segments: [first, ...others].flatMap(({ segments }) => segments) }],
    ),
    events: periods.flatMap(({ events }) => events),
    inband: Object.fromEntries(
      Object.entries(inband).map(([kind, own = []]) => [kind, [...new Set(own.flatMap(inbandOf))]]),
    ),
  };
}

function inbandOf(set: XmlElement): readonly string[] {
  return childrenOf(set, 'InbandEventStream').map(({ attributes }) =>
    [attributes.get('schemeIdUri'), attributes.get('value')].join(' ').trim(),
  );
}

function eventsOf(period: XmlElement, zero: number): readonly ListedEvent[] {
  return childrenOf(period, 'EventStream').flatMap((stream) =>
    childrenOf(stream, 'Event').map((event): ListedEvent => {
      const scale = Number(stream.attributes.get('timescale') ?? 1);
      const offset = Number(stream.attributes.get('presentationTimeOffset') ?? 0);
      const duration = event.attributes.get('duration');
      const binary = childrenOf(event, 'Signal').flatMap((signal) => childrenOf(signal, 'Binary'))[0];
      return {
        scheme: stream.attributes.get('schemeIdUri') ?? '',
        value: stream.attributes.get('value') ?? '',
        id: event.attributes.get('id') ?? '',
        start: zero + (Number(event.attributes.get('presentationTime') ?? 0) - offset) / scale,
        duration: duration === undefined ? undefined : Number(duration) / scale,
        section: binary && wordsOf(binary),
      };
    }),
  );
}

/** The representations of a set that stand on one timeline. */
function tracksOf(set: XmlElement, dash: string): readonly MpdTrack[] {
  const [template] = childrenOf(set, 'SegmentTemplate');
  const [timeline] = template === undefined ? [] : childrenOf(template, 'SegmentTimeline');
  const times: number[] = [];
  let next = 0;
  for (const { attributes } of timeline === undefined ? [] : childrenOf(timeline, 'S')) {
    next = Number(attributes.get('t') ?? next);
    for (let left = Number(attributes.get('r') ?? 0); left >= 0; left -= 1) {
      times.push(next);
      next += Number(attributes.get('d'));
    }
  }
  const media = template?.attributes.get('media') ?? '';
  return childrenOf(set, 'Representation').map(({ attributes }) => ({
    id: attributes.get('id') ?? '',
    kind: set.attributes.get('contentType') ?? '',
    timescale: Number(template?.attributes.get('timescale') ?? 1),
    segments: times.map((time) => {
      const path = media.replace('$Bandwidth$', attributes.get('bandwidth') ?? '').replace('$Time$', `${time}`);
      return new URL(path, dash).href;
    }),
  }));
}

/** Media time at which the Period begins: the same of every set. */
function zeroOf(sets: readonly XmlElement[]): number {
  const [first] = sets.flatMap((set) => childrenOf(set, 'SegmentTemplate'));
  return (
    Number(first?.attributes.get('presentationTimeOffset') ?? 0) / Number(first?.attributes.get('timescale') ?? 1)
  );
}

function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return elementsIn(element).filter((child) => child.name === name);
}

export type InbandMessage = {
  readonly scheme: string;
  readonly value: string;
  readonly version: 0 | 1;
  readonly id: number;
  readonly start: number;
  /** From the beginning of its segment. */
  readonly delta: number;
  readonly duration: number | undefined;
  readonly payload: Buffer;
};

/** Ticks per second of what an initialization segment announces. */
export async function timescaleOf(map: string): Promise<number> {
  const bytes = Uint8Array.from(Buffer.from(await (await fetch(map)).arrayBuffer()));
  return parseMdhd(readBoxes(bytes).require('moov').require('trak').require('mdia').require('mdhd')).timescale;
}

export type SegmentView = {
  readonly start: number;
  readonly messages: readonly InbandMessage[];
  readonly bytes: Buffer;
};

/** The `emsg` boxes of a segment; their times by the segment's own `tfdt`, as players count. */
export async function segmentAt(url: string, timescale: number): Promise<SegmentView> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) {
    throw new Error(`${answer.status} for ${url}`);
  }
  const bytes = Buffer.from(await answer.arrayBuffer());
  const tfdt = readBoxes(Uint8Array.from(bytes)).require('moof').require('traf').require('tfdt');
  const start = Number(parseTfdt(tfdt)) / timescale;
  const messages = emsgsIn(bytes).map((message): InbandMessage => {
    const at = Number(message.start.ticks) / message.timescale;
    const isDelta = message.start.kind === 'delta';
    return {
      scheme: message.schemeIdUri,
      value: message.value,
      version: isDelta ? 0 : 1,
      id: message.id,
      start: isDelta ? start + at : at,
      delta: isDelta ? at : at - start,
      duration: message.duration === 0xffff_ffff ? undefined : message.duration / message.timescale,
      payload: Buffer.from(message.payload),
    };
  });
  return { start, messages, bytes };
}
