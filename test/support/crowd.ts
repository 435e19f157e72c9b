import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type Mpd, parseMpd } from '../../src-main/manifest/dash/mpd.ts';
import type { MediaPlaylist } from '../../src-main/manifest/hls/media-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';

/** Many viewers at once, each on a connection of its own, asking as players do. What they are given must be the same for all of them. */
export type Crowd = AsyncDisposable & {
  /** Low-latency HLS: every part, by blocking reloads. */
  readonly followParts: (playlist: string) => Follower;
  /** Every segment, when it is listed. */
  readonly followSegments: (playlist: string) => Follower;
  readonly followDash: (mpd: string) => Follower;
  /** What was not answered with 200, or with something else than others were given. */
  readonly failures: () => readonly string[];
  readonly requests: () => number;
};

export type Follower = {
  /** Addresses of the media it has, in order, without those that were there when it came. */
  readonly media: readonly string[];
  /** When it learnt of each, by `performance.now()`. */
  readonly learntMs: ReadonlyMap<string, number>;
};

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };
type Viewer = { readonly get: (url: string) => Promise<Answer | undefined> };

/** How players of this world say what they can unpack. */
const ENCODINGS = [undefined, 'gzip', 'gzip, deflate, br', 'gzip, deflate, br, zstd', 'identity', 'br'];
const RELOAD_MS = 1000;
const RETRY_MS = 300;

export function gatherCrowd(
  options: {
    /** Answers that are no failure; the viewer asks again a little later. */
    readonly bears?: (status: number) => boolean;
  } = {},
): Crowd {
  const stopping = new AbortController();
  const { signal } = stopping;
  const following: Promise<void>[] = [];
  const agents: Agent[] = [];
  const failures = new Set<string>();
  const given = new Map<string, Buffer>();
  const playlists = new Map<string, MediaPlaylist>();
  const mpds = new Map<string, Mpd>();
  let requests = 0;

  const isOver = (): boolean => signal.aborted;

  function arrive(): Viewer {
    const number = agents.length;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    const encoding = ENCODINGS[number % ENCODINGS.length];
    const headers = encoding === undefined ? {} : { 'Accept-Encoding': encoding };

    async function once(url: string): Promise<Answer> {
      requests += 1;
      const asked = new URL(url);
      asked.searchParams.append('CMCD', `sid="viewer-${number}",rtp=${1000 + number}`);
      return await ask(asked, { agent, headers, signal });
    }

    return {
      async get(url) {
        while (!isOver()) {
          try {
            const answer = await once(url);
            if (answer.status === 200) {
              return answer;
            }
            if (options.bears?.(answer.status) !== true) {
              failures.add(`${answer.status} ${url}`);
            }
          } catch (error) {
            if (!isOver()) {
              failures.add(`${String(error)} ${url}`);
            }
          }
          await wait(RETRY_MS);
        }
        return undefined;
      },
    };
  }

  async function fetchMedia(viewer: Viewer, url: string, media: string[]): Promise<void> {
    const answer = await viewer.get(url);
    if (answer === undefined) {
      return;
    }
    media.push(url);
    const before = given.get(url);
    given.set(url, answer.body);
    if (answer.body.length === 0 || (before !== undefined && !before.equals(answer.body))) {
      failures.add(`other bytes than before at ${url}`);
    }
  }

  function follow(
    run: (viewer: Viewer, learn: (url: string) => boolean, media: string[]) => Promise<void>,
  ): Follower {
    const media: string[] = [];
    const learntMs = new Map<string, number>();
    const learn = (url: string): boolean => {
      const isNew = !learntMs.has(url);
      if (isNew) {
        learntMs.set(url, performance.now());
      }
      return isNew;
    };
    const viewer = arrive();
    following.push(run(viewer, learn, media));
    return { media, learntMs };
  }

  return {
    followParts: (address) =>
      follow(async (viewer, learn, media) => {
        let query = '';
        for (let isFirst = true; !isOver(); isFirst = false) {
          const answer = await viewer.get(`${address}${query}`);
          if (answer === undefined) {
            return;
          }
          const playlist = parsed(playlists, answer, parseMediaPlaylist);
          const open = playlist.open?.parts ?? [];
          const parts = [...playlist.segments.flatMap((segment) => segment.parts ?? []), ...open];
          const news = parts.map(({ uri }) => new URL(uri, address).href).filter(learn);
          for (const url of isFirst ? [] : news) {
            await fetchMedia(viewer, url, media);
          }
          query = `?_HLS_msn=${playlist.mediaSequence + playlist.segments.length}&_HLS_part=${open.length}`;
        }
      }),
    followSegments: (address) =>
      follow(async (viewer, learn, media) => {
        for (let isFirst = true; !isOver(); isFirst = false) {
          const answer = await viewer.get(address);
          if (answer === undefined) {
            return;
          }
          const { segments } = parsed(playlists, answer, parseMediaPlaylist);
          const news = segments.map(({ uri }) => new URL(uri, address).href).filter(learn);
          for (const url of isFirst ? [] : news) {
            await fetchMedia(viewer, url, media);
          }
          await wait(RELOAD_MS);
        }
      }),
    followDash: (address) =>
      follow(async (viewer, learn, media) => {
        for (let isFirst = true; !isOver(); isFirst = false) {
          const answer = await viewer.get(address);
          if (answer === undefined) {
            return;
          }
          const news = segmentsIn(parsed(mpds, answer, parseMpd)).map((path) => new URL(path, address).href);
          for (const url of news.filter(learn)) {
            if (!isFirst) {
              await fetchMedia(viewer, url, media);
            }
          }
          await wait(RELOAD_MS);
        }
      }),
    failures: () => [...failures],
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(following);
      for (const agent of agents) {
        agent.destroy();
      }
    },
  };
}

/** Five hundred viewers are given the same few texts: each is read once. */
function parsed<T>(known: Map<string, T>, { headers, body }: Answer, parse: (text: string) => T): T {
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
  const found = known.get(text) ?? parse(text);
  known.set(text, found);
  return found;
}

/** Of the first quality of the first set. */
function segmentsIn({ periods }: Mpd): readonly string[] {
  return periods.flatMap(({ adaptationSets: [set] }) => {
    const { timeline, media = '' } = set?.segmentTemplate ?? {};
    const [representation] = set?.representations ?? [];
    const runs = timeline === undefined || 'written' in timeline ? [] : timeline;
    return runs.flatMap(({ time, duration, repeat }) =>
      Array.from({ length: repeat + 1 }, (_, index) =>
        media
          .replace('$Bandwidth$', String(representation?.bandwidth))
          .replace('$Time$', String(time + BigInt(index * duration))),
      ),
    );
  });
}

function ask(
  url: URL,
  options: { readonly agent: Agent; readonly headers: Record<string, string>; readonly signal: AbortSignal },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(url, options, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', reject);
    incoming.on('end', () =>
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
    );
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}
