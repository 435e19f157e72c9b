import { isIPv6 } from 'node:net';
import { AppError } from '../../shared/app-error.ts';

/** What an SRT address holds besides the secrets, in the words of its query. */
type Settings = { readonly latencyMs: number | undefined; readonly keyBytes: number | undefined };
type Secrets = { readonly streamId: string | undefined; readonly passphrase: string | undefined };

/** SRT's own limits (draft-sharabayko-srt-01 §3.2.1.1, and libsrt's API). */
const MAX_STREAM_ID_BYTES = 512;
const LEAST_PASSPHRASE = 10;
const MOST_PASSPHRASE = 79;
const KEY_BYTES: ReadonlySet<number> = new Set([16, 24, 32]);
/** From here on somebody has written microseconds, as ffmpeg and OBS want them: 20 s of latency are of no use, 20 ms are the least that are. */
const MICROSECONDS_FROM = 20_000;
/** What goes without saying, because nothing else is possible: addresses are copied with it. */
const MATTER_OF_COURSE: Readonly<Record<string, string>> = { mode: 'caller', transtype: 'live' };

const ADDRESS = /^srt:\/\/([^/?#]*)\/?(?:\?(.*))?$/is;
const SERVER = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;

export function isSrt(url: string): boolean {
  return /^srt:/i.test(url);
}

/**
 * Takes an address apart: `srt://host:port?streamid=…&passphrase=…&latency=…`. What is to be kept secret, stream id and passphrase, becomes
 * one key. `givenStreamId`: written in a field of its own; an empty one counts as none. Throws `publish/protocol`; its words hold no secret.
 */
export function splitSrtAddress(
  text: string,
  givenStreamId: string | undefined,
  field: string,
): { readonly url: string; readonly key: string | undefined } {
  const refuse = (why: string): AppError => refusal(why, field);
  const [, server = '', query = ''] = ADDRESS.exec(text) ?? [];
  if (/[\s\0-\x1f\x7f]/.test(text) || !text.isWellFormed() || server === '') {
    throw refuse('is no SRT address; it looks like srt://server:port?streamid=…');
  }
  if (server.includes('@')) {
    throw refuse('holds a user name, which SRT does not know; who you are stands in the stream id');
  }
  const [, ipv6, host, port] = SERVER.exec(server) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) {
    throw refuse('names no port; it looks like srt://server:port');
  }
  const fields = readQuery(query, refuse);
  const settings = settingsOf(fields, refuse);
  const own = fields.get('streamid');
  const given = givenStreamId === '' ? undefined : givenStreamId;
  if (own !== undefined && given !== undefined && own !== given) {
    throw refuse('has a stream id in it, and another one was given as the stream key; give one of them');
  }
  const secrets = { streamId: own ?? given, passphrase: fields.get('passphrase') };
  checkSecrets(secrets, own === undefined ? 'streamKey' : field, field);
  return {
    url: `srt://${ipv6 === undefined ? (host ?? '') : `[${ipv6}]`}:${port}${writeSettings(settings)}`,
    key: writeSecrets(secrets),
  };
}

/** The key with another stream id in it, and the passphrase that it had. Throws `publish/protocol`. */
export function withStreamId(key: string | undefined, streamId: string): string | undefined {
  const secrets = { ...readSecrets(key), streamId };
  checkSecrets(secrets, 'streamKey', 'url');
  return writeSecrets(secrets);
}

/** Both by themselves: a log may hold neither. */
export function srtSecretsIn(key: string | undefined): readonly string[] {
  const { streamId, passphrase } = readSecrets(key);
  return [streamId, passphrase].flatMap((text) => (text === undefined || text === '' ? [] : [text]));
}

/** `srt://host:port`, all that a command line has to show. */
export function srtServerUrl(url: string): string {
  return url.replace(/\?.*$/s, '');
}

/** The lines of the file that hands ffmpeg the rest. */
export function srtOptions(url: string, key: string | undefined): string {
  const { streamId, passphrase } = readSecrets(key);
  const { latencyMs, keyBytes } = readSettings(url);
  return [
    // What is too late is for the one who receives to leave out: what waits here is to be seen waiting.
    'tlpktdrop=0',
    `sndbuf=${SEND_BUFFER_BYTES}`,
    // Seconds: else it hangs up with what it has not sent.
    'linger=2',
    ...(streamId === undefined ? [] : [`srt_streamid=${streamId}`]),
    ...(passphrase === undefined ? [] : [`passphrase=${passphrase}`]),
    ...(keyBytes === undefined ? [] : [`pbkeylen=${keyBytes}`]),
    ...(latencyMs === undefined ? [] : [`latency=${latencyMs * 1000}`]),
    '',
  ].join('\n');
}

/** Two seconds at 2 Mbit/s: the rest waits with us, where it is counted. */
const SEND_BUFFER_BYTES = 512 * 1024;

function refusal(why: string, field: string): AppError {
  return new AppError('publish/protocol', `The address of the destination ${why}. Nothing was changed.`, {
    details: { field },
  });
}

/** Names as they are known, and values without percent signs. A `#` is one of the stream id: `#!::r=…` is its usual form. */
function readQuery(query: string, refuse: (why: string) => AppError): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const at = pair.indexOf('=');
    const name = (at < 0 ? pair : pair.slice(0, at)).toLowerCase();
    let value: string;
    try {
      value = at < 0 ? '' : decodeURIComponent(pair.slice(at + 1));
    } catch {
      throw refuse(
        `has a percent sign in its ${/^[a-z_]{1,20}$/.test(name) ? name : 'query'} that stands for nothing`,
      );
    }
    if (value !== '') {
      fields.set(name, value);
    }
  }
  return fields;
}

function settingsOf(fields: ReadonlyMap<string, string>, refuse: (why: string) => AppError): Settings {
  for (const [name, value] of fields) {
    const only = Object.hasOwn(MATTER_OF_COURSE, name) ? MATTER_OF_COURSE[name] : undefined;
    if (only !== undefined && value !== only) {
      throw refuse(`asks for ${name}=${/^\w{1,20}$/.test(value) ? value : '…'}; only ${name}=${only} is possible`);
    }
    if (only === undefined && !['streamid', 'passphrase', 'latency', 'pbkeylen'].includes(name)) {
      const shown = /^[a-z0-9_]{1,20}$/.test(name) ? name : 'something';
      throw refuse(`has ${shown} in it, which is not known; known are streamid, passphrase, latency and pbkeylen`);
    }
  }
  const latency = fields.get('latency');
  if (latency !== undefined && !/^\d{1,8}$/.test(latency)) {
    throw refuse('has a latency that is no number of milliseconds');
  }
  const keyBytes = fields.get('pbkeylen');
  if (keyBytes !== undefined && !KEY_BYTES.has(Number(keyBytes))) {
    throw refuse('has a pbkeylen that is not 16, 24 or 32');
  }
  return {
    latencyMs: latency === undefined ? undefined : inMilliseconds(Number(latency)),
    keyBytes: keyBytes === undefined ? undefined : Number(keyBytes),
  };
}

function inMilliseconds(latency: number): number {
  return latency >= MICROSECONDS_FROM ? Math.round(latency / 1000) : latency;
}

function checkSecrets({ streamId = '', passphrase }: Secrets, idField: string, field: string): void {
  const isTyped = (text: string): boolean =>
    !/[\0-\x1f\x7f]/.test(text) && text === text.trim() && text.isWellFormed();
  if (!isTyped(streamId) || Buffer.byteLength(streamId) > MAX_STREAM_ID_BYTES) {
    throw new AppError(
      'publish/protocol',
      `The stream id is longer than ${MAX_STREAM_ID_BYTES} bytes, or has a character that cannot be typed; copy it again. Nothing was changed.`,
      { details: { field: idField } },
    );
  }
  const bytes = passphrase === undefined ? LEAST_PASSPHRASE : Buffer.byteLength(passphrase);
  if (!isTyped(passphrase ?? '') || bytes < LEAST_PASSPHRASE || bytes > MOST_PASSPHRASE) {
    throw refusal(
      `has a passphrase that SRT does not take: it has ${LEAST_PASSPHRASE} to ${MOST_PASSPHRASE} characters`,
      field,
    );
  }
}

function writeSecrets({ streamId, passphrase }: Secrets): string | undefined {
  const query = new URLSearchParams({
    ...(streamId === undefined ? {} : { streamid: streamId }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return query.size === 0 ? undefined : query.toString();
}

function readSecrets(key: string | undefined): Secrets {
  const query = new URLSearchParams(key ?? '');
  return { streamId: query.get('streamid') ?? undefined, passphrase: query.get('passphrase') ?? undefined };
}

function writeSettings({ latencyMs, keyBytes }: Settings): string {
  const query = new URLSearchParams({
    ...(latencyMs === undefined ? {} : { latency: String(latencyMs) }),
    ...(keyBytes === undefined ? {} : { pbkeylen: String(keyBytes) }),
  });
  return query.size === 0 ? '' : `?${query.toString()}`;
}

function readSettings(url: string): Settings {
  const query = new URLSearchParams(url.slice(srtServerUrl(url).length));
  const [latency, keyBytes] = [query.get('latency'), query.get('pbkeylen')];
  return {
    latencyMs: latency === null ? undefined : Number(latency),
    keyBytes: keyBytes === null ? undefined : Number(keyBytes),
  };
}
