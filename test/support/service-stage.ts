import { type ServiceEvent, serviceEvent } from '../../src-main/shared/api/events.ts';
import type { LiveEvent, LiveEventCreate, LiveOutputCreate } from '../../src-main/shared/api/live-events.ts';
import type { Lectern } from './lectern-process.ts';
import { until } from './studio-stage.ts';

export type Answer = { readonly status: number; readonly body: unknown; readonly code: string | undefined };

/** Any call of the control API as a program would make it; a long operation is waited for. `path` is that behind `/api/v1`. */
export async function request(
  { controlUrl, token }: Lectern,
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const url = new URL(`${controlUrl}/api/v1${path}`);
  if (method !== 'GET' && !url.searchParams.has('wait') && url.pathname.startsWith('/api/v1/liveEvents/')) {
    url.searchParams.set('wait', 'PT1M');
  }
  const send = (address: URL): Promise<Response> =>
    fetch(address, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let answer = await send(url);
  if (answer.status === 400 && url.searchParams.has('wait')) {
    // Not every call is a long operation, and those that are not know no `wait`.
    url.searchParams.delete('wait');
    answer = await send(url);
  }
  const text = await answer.text();
  const parsed: unknown = text === '' ? undefined : JSON.parse(text);
  const code: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'code') : undefined;
  return { status: answer.status, body: parsed, code: typeof code === 'string' ? code : undefined };
}

/** A field of what was answered or told; undefined when it is not there. */
export function field(of: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    of,
  );
}

async function insist(...args: Parameters<typeof request>): Promise<void> {
  const { status, body } = await request(...args);
  if (status >= 300 || status === 202) {
    throw new Error(`${args[1]} ${args[2]} was answered ${status}: ${JSON.stringify(body)}`);
  }
}

/** Creates a live event and starts it. */
export async function startEvent(
  lectern: Lectern,
  name: string,
  create: LiveEventCreate = { input: { streamingProtocol: 'RTMP' } },
): Promise<LiveEvent> {
  await insist(lectern, 'PUT', `/liveEvents/${name}?autoStart=true`, create);
  return await lectern.call('getLiveEvent', { params: { name } });
}

/** The address of an event's ingest whose scheme is `scheme`, the `index`th of them: 0 is the primary. */
export function ingestUrl(event: LiveEvent, scheme: string, index = 0): string {
  const found = event.input.endpoints.filter(({ url }) => url.startsWith(`${scheme}://`))[index];
  if (found === undefined) {
    throw new Error(`${event.name} has no ${scheme} ingest ${index}`);
  }
  return found.url;
}

export type Published = {
  readonly asset: string;
  readonly output: string;
  /** `http://…/{locator}/{manifest}.ism`. */
  readonly base: string;
  readonly hls: string;
  readonly dash: string;
};

/** An asset, a live output that records into it, and a locator. */
export async function record(
  lectern: Lectern,
  event: string,
  wanted: Partial<LiveOutputCreate> & { readonly name?: string } = {},
): Promise<Published> {
  const { call, originUrl } = lectern;
  const { name: output = 'tape', ...rest } = wanted;
  const asset = rest.assetName ?? `${event}-${output}`;
  await call('putAsset', { params: { name: asset }, body: {} });
  const made = {
    assetName: asset,
    archiveWindowLength: 'PT1H',
    manifestName: 'show',
    ...rest,
  };
  await insist(lectern, 'PUT', `/liveEvents/${event}/liveOutputs/${output}`, made);
  const locator = await call('putLocator', {
    params: { name: asset },
    body: { assetName: asset, streamingPolicyName: 'Predefined_DownloadAndClearStreaming' },
  });
  const base = `${originUrl}/${locator.streamingLocatorId}/${made.manifestName}.ism`;
  return {
    asset,
    output,
    base,
    hls: `${base}/manifest(format=m3u8-cmaf)`,
    dash: `${base}/manifest(format=mpd-time-cmaf)`,
  };
}

/** The base address of an event's preview. */
export function previewBase({ originUrl }: Lectern, event: LiveEvent): string {
  return `${originUrl}/${event.preview.previewLocator}/preview.ism`;
}

/** What stands at an address; undefined while that is an error. */
export async function textOf(url: string): Promise<string | undefined> {
  const answer = await fetch(url);
  const text = await answer.text();
  return answer.ok ? text : undefined;
}

/** Addresses of the media playlists of a multivariant playlist, qualities first, then other renditions. */
export async function playlistsOf(hls: string): Promise<readonly string[]> {
  const text = (await textOf(hls)) ?? '';
  const variants = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const renditions = [...text.matchAll(/#EXT-X-MEDIA:.*?URI="([^"]+)"/g)].map((match) => match[1] ?? '');
  return [...variants, ...renditions].map((path) => new URL(path, hls).href);
}

/** Waits until a media playlist of every rendition has so many segments. */
export async function segmentsAt(hls: string, count: number, withinMs = 30_000): Promise<readonly string[]> {
  return await until(
    `${count} segments at ${hls}`,
    async () => {
      const playlists = await playlistsOf(hls);
      const texts = await Promise.all(playlists.map((url) => textOf(url)));
      const have = texts.map((text) => text?.match(/#EXTINF/g)?.length ?? 0);
      return playlists.length > 0 && have.every((segments) => segments >= count) ? playlists : undefined;
    },
    withinMs,
  );
}

/** Follows the service's own events from now on. */
export function followEvents(lectern: Lectern): AsyncDisposable & {
  readonly seen: () => readonly ServiceEvent[];
  /** The first one of that type, about that subject if given, that `fits`. */
  readonly next: (
    type: ServiceEvent['eventType'],
    fits?: (data: Record<string, unknown>) => boolean,
    withinMs?: number,
  ) => Promise<ServiceEvent>;
} {
  const seen: ServiceEvent[] = [];
  const stop = new AbortController();
  const reading = read();

  async function read(): Promise<void> {
    try {
      const answer = await fetch(`${lectern.controlUrl}/api/v1/events`, {
        headers: { Authorization: `Bearer ${lectern.token}` },
        signal: stop.signal,
      });
      let text = '';
      for await (const bytes of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += bytes;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = block
            .split('\n')
            .filter((line) => line.startsWith('data:'))
            .map((line) => line.slice(5).trim())
            .join('\n');
          if (data !== '') {
            seen.push(serviceEvent.parse(JSON.parse(data)));
          }
        }
      }
    } catch (error) {
      if (!stop.signal.aborted) {
        throw error;
      }
    }
  }

  return {
    seen: () => seen,
    next: async (type, fits = () => true, withinMs = 20_000) =>
      await until(
        type,
        () =>
          seen.find(
            ({ eventType, data }) =>
              eventType === type && typeof data === 'object' && data !== null && fits({ ...data }),
          ),
        withinMs,
      ),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}
