import assert from 'node:assert/strict';
import { request } from 'node:http';
import { inspect } from 'node:util';
import { systemClock } from '../../../../src-main/base/clock.ts';
import {
  openPushIngest,
  type PushIngest,
  type PushIngestOptions,
} from '../../../../src-main/core/ingest/fmp4-push/open-push-ingest.ts';
import type {
  IncomingCue,
  IncomingTrack,
  IngestDoor,
  IngestEndCode,
  IngestRequest,
} from '../../../../src-main/core/ports/ingest.ts';
import type { LogFields, Logger } from '../../../../src-main/core/ports/logger.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

export const TOKEN = '0123456789abcdef0123456789abcdef';

export type RecordedTrack = IncomingTrack & {
  readonly samples: Sample[];
  /** How many calls brought them. */
  pushes: number;
};

export type RecordedConnection = {
  readonly request: IngestRequest;
  readonly tracks: RecordedTrack[];
  readonly cues: IncomingCue[];
  ended: AppError | IngestEndCode | undefined;
};

/** A door that lets one token in and writes everything down. */
export type RecordingDoor = IngestDoor & {
  readonly connections: RecordedConnection[];
  readonly rejected: IngestRequest[];
  /** Addresses that are told of those that wanted to send to none. */
  readonly astray: readonly string[];
  /** What `addTrack` throws from now on. */
  refuseTracks: AppError | undefined;
  /** Resolves when `isSo` holds; looked at whenever anything happens. */
  readonly until: (isSo: () => boolean) => Promise<void>;
};

export function recordingDoor(): RecordingDoor {
  const connections: RecordedConnection[] = [];
  const rejected: IngestRequest[] = [];
  const astray: string[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => waiting.forEach((look) => look());

  function checkToken(accessToken: string): void {
    if (accessToken !== TOKEN) {
      throw new AppError('MPE_RTMP_APPID_AUTH_FAILURE', 'The access token is of no running live event.');
    }
  }

  const door: RecordingDoor = {
    connections,
    rejected,
    astray,
    refuseTracks: undefined,
    async until(isSo) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const look = (): void => {
        if (isSo()) {
          resolve(undefined);
        }
      };
      waiting.add(look);
      look();
      await promise;
      waiting.delete(look);
    },
    check: ({ accessToken }) => checkToken(accessToken),
    misaddressed(knock) {
      astray.push(knock.ingestUrl);
      changed();
    },
    connect(request) {
      try {
        checkToken(request.accessToken);
      } catch (error) {
        rejected.push(request);
        changed();
        throw error;
      }
      const connection: RecordedConnection = { request, tracks: [], cues: [], ended: undefined };
      connections.push(connection);
      changed();
      return {
        addTrack(track) {
          if (door.refuseTracks !== undefined) {
            throw door.refuseTracks;
          }
          const recorded: RecordedTrack = { ...track, samples: [], pushes: 0 };
          connection.tracks.push(recorded);
          changed();
          return {
            push(samples) {
              recorded.samples.push(...samples);
              recorded.pushes += 1;
              changed();
            },
          };
        },
        cue(cue) {
          connection.cues.push(cue);
          changed();
        },
        end(reason) {
          connection.ended ??= reason;
          changed();
        },
      };
    },
  };
  return door;
}

/** A logger that keeps every line, to look for what must not be in it. */
function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (fields: LogFields, message: string): void => {
    lines.push(`${message} ${inspect(fields, { depth: 8 })}`);
  };
  const logger = {
    lines,
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: (): Logger => logger,
  };
  return logger;
}

export type Rig = AsyncDisposable & {
  readonly ingest: PushIngest;
  readonly door: RecordingDoor;
  readonly logger: Logger & { readonly lines: string[] };
  /** Of the event: `http://127.0.0.1:1234/{token}/ingest.isml`. */
  readonly url: string;
  readonly metadata: string[];
};

export async function openRig(options: Partial<PushIngestOptions> = {}): Promise<Rig> {
  const door = recordingDoor();
  const logger = recordingLogger();
  const metadata: string[] = [];
  const ingest = await openPushIngest({
    door,
    postTimedMetadata(accessToken, _peer, json) {
      door.check({ protocol: 'RTMP', accessToken, peer: { address: '', port: 0 } });
      metadata.push(new TextDecoder().decode(json));
    },
    clock: systemClock(),
    logger,
    host: '127.0.0.1',
    port: 0,
    tlsPort: 0,
    tls: undefined,
    ...options,
  });
  return {
    ingest,
    door,
    logger,
    metadata,
    url: `http://127.0.0.1:${ingest.port}/${TOKEN}/ingest.isml`,
    [Symbol.asyncDispose]: () => ingest[Symbol.asyncDispose](),
  };
}

export type Answered = {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
};

/** Sends one request with a whole body, in chunks unless its length is given. */
export async function send(
  method: string,
  url: string,
  body?: Uint8Array | string,
  { headers = {} }: { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const framing = 'Content-Length' in headers ? {} : { 'Transfer-Encoding': 'chunked' };
  const options = { method, agent: false, headers: { ...framing, ...headers } };
  const outgoing = request(url, options, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => {
      const { statusCode = 0 } = response;
      resolve({ status: statusCode, body: Buffer.concat(parts).toString(), headers: response.headers });
    });
    response.on('error', reject);
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return await promise;
}

/** The code in a problem document. */
export function codeOf({ body }: Answered): string {
  const problem: unknown = JSON.parse(body);
  assert(typeof problem === 'object' && problem !== null && 'code' in problem && typeof problem.code === 'string');
  return problem.code;
}
