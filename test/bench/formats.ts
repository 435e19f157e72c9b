import { type Bench, type Figure, median } from './figure.ts';
import { startFormats } from './origin-server.ts';
import { openPlainClient, type Timing } from './plain-client.ts';

const SECONDS = 180;
const SIZE = 4_000_000;
const SEGMENT_SECONDS = 2;
const MIB = 1024 * 1024;
const QUALITY = `QualityLevels(${SIZE})/`;

/** The first is what the others are measured against. */
const FORMATS = [
  { name: 'HLS with CMAF', find: hlsSegments('m3u8-cmaf') },
  { name: 'DASH', find: dashSegments() },
  { name: 'HLS with transport streams', find: hlsSegments('m3u8-aapl') },
  { name: 'Smooth Streaming', find: smoothSegments },
  { name: 'HDS', find: hdsSegments },
  { name: 'cbc', find: hlsSegments('m3u8-cmaf', 'cbc') },
  { name: 'cbcs', find: hlsSegments('m3u8-cmaf', 'cbcs-aapl') },
  { name: 'cenc', find: dashSegments('cenc') },
] as const;
const ENCRYPTED: ReadonlySet<string> = new Set(['cbc', 'cbcs', 'cenc']);

/** The same two seconds of a recording in every format: the first time that somebody asks, and the second. */
export const formatsBench: Bench = {
  name: 'formats',
  takes: '1 min',
  async run(tell) {
    await using origins = startFormats(
      SECONDS,
      FORMATS.map(({ name }) => name),
    );
    // A service runs for hours: its code is compiled, and its memory is not new. Only then others are asked, which have made nothing yet.
    await askAll(await origins.next());
    const times = await askAll(await origins.next());
    const figures: Figure[] = [];
    const reference = FORMATS[0];
    const clear = times.get(reference.name) ?? { cold: [], cached: [] };
    for (const [name, { cold, cached }] of times) {
      tell(
        `${name}: ${firstByte(cold).toFixed(2)} ms cold, ${firstByte(cached).toFixed(2)} ms cached; ${words(cold)} and ${words(cached)} MiB/s`,
      );
      if (ENCRYPTED.has(name)) {
        figures.push(
          speed(`origin, bytes/s encrypted (${name}) over clear, asked for the first time`, cold, clear.cold, 0.5),
          speed(`the same, asked for again`, cached, clear.cached, 1),
        );
      } else if (name !== reference.name) {
        figures.push(
          first(`origin, first byte of ${name} over that of HLS with CMAF, the first time`, cold, clear.cold, 1.5),
          first(`the same, asked for again`, cached, clear.cached, undefined),
        );
      }
    }
    return figures;
  },
};

type Times = { readonly cold: Timing[]; readonly cached: Timing[] };

/** Every segment in every format, twice. */
async function askAll(bases: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Times>> {
  const asked = await Promise.all(
    FORMATS.map(async ({ name, find }) => {
      const base = bases[name] ?? '';
      return { name, segments: await find(base), client: await openPlainClient(base) };
    }),
  );
  const times = new Map(asked.map(({ name }): [string, Times] => [name, { cold: [], cached: [] }]));
  for (let index = 1; index < SECONDS / SEGMENT_SECONDS; index += 1) {
    // Each has its turn to be first: what was read from the disk a moment ago is read faster.
    const turn = index % asked.length;
    for (const { name, segments, client } of [...asked.slice(turn), ...asked.slice(0, turn)]) {
      const path = segments[index];
      if (path !== undefined) {
        times.get(name)?.cold.push(await client.ask(path));
        times.get(name)?.cached.push(await client.ask(path));
      }
    }
  }
  asked.forEach(({ client }) => client[Symbol.dispose]());
  return times;
}

function first(
  figure: string,
  ours: readonly Timing[],
  theirs: readonly Timing[],
  most: number | undefined,
): Figure {
  return {
    figure,
    measured: firstByte(ours) / firstByte(theirs),
    unit: '×',
    target: most === undefined ? undefined : { most },
    note: `${firstByte(ours).toFixed(2)} over ${firstByte(theirs).toFixed(2)} ms, medians of ${ours.length} segments of 2 s at 4 Mbit/s`,
  };
}

function speed(figure: string, ours: readonly Timing[], theirs: readonly Timing[], least: number): Figure {
  return {
    figure,
    measured: bytesPerSecond(ours) / bytesPerSecond(theirs),
    unit: '×',
    target: { least },
    note: `${words(ours)} over ${words(theirs)} MiB/s, one viewer, segment after segment`,
  };
}

function firstByte(times: readonly Timing[]): number {
  return median(times.map(({ sentAtMs, firstAtMs }) => firstAtMs - sentAtMs));
}

/** The median of all segments: one pause of a busy computer does not count. */
function bytesPerSecond(times: readonly Timing[]): number {
  return median(times.map(({ bytes, sentAtMs, lastAtMs }) => (bytes * 1000) / (lastAtMs - sentAtMs)));
}

function words(times: readonly Timing[]): string {
  return (bytesPerSecond(times) / MIB).toFixed(0);
}

/** Paths of the segments of the picture, in their order. */
function hlsSegments(format: string, encryption?: string): (base: string) => Promise<readonly string[]> {
  return async (base) => {
    const options = encryption === undefined ? '' : `,encryption=${encryption}`;
    const url = `${base}${QUALITY}Manifest(video,format=${format}${options})`;
    const lines = (await textOf(url)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return lines.map((line) => new URL(line, url).pathname);
  };
}

/** At the same times as in HLS. */
function dashSegments(encryption?: string): (base: string) => Promise<readonly string[]> {
  const options = encryption === undefined ? '' : `,encryption=${encryption}`;
  return async (base) => {
    const paths = await hlsSegments('m3u8-cmaf')(base);
    return paths.map((path) => path.replace('m3u8-cmaf', `mpd-time-cmaf${options}`).replace(/\)\.\w+$/, ')'));
  };
}

async function smoothSegments(base: string): Promise<readonly string[]> {
  const text = await textOf(`${base}Manifest`);
  const [stream = ''] = /<StreamIndex[^>]*Type="video"[\s\S]*?<\/StreamIndex>/.exec(text) ?? [];
  const times: number[] = [];
  let next = 0;
  for (const [, attributes = ''] of stream.matchAll(/<c ([^>]*)\/?>/g)) {
    const value = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1]);
    let time = Number.isNaN(value('t')) ? next : value('t');
    for (let left = Number.isNaN(value('r')) ? 1 : value('r'); left > 0; left -= 1) {
      times.push(time);
      time += value('d');
    }
    next = time;
  }
  return times.map((time) => new URL(`${QUALITY}Fragments(video=${time})`, base).pathname);
}

/** A recording counts its fragments from 1. */
async function hdsSegments(base: string): Promise<readonly string[]> {
  const url = `${base}manifest(format=f4m-f4f)`;
  const [, media = ''] = /<media[^>]*\burl="([^"]+)"/.exec(await textOf(url)) ?? [];
  return Array.from(
    { length: SECONDS / SEGMENT_SECONDS },
    (_, index) => new URL(`${media}Seg1-Frag${index + 1}`, url).pathname,
  );
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Error(`${url} is answered with ${answer.status}`);
  }
  return await answer.text();
}
