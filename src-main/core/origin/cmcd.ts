import type { IncomingMessage } from 'node:http';

/** How a player says it fares: Common Media Client Data, CTA-5004 version 1. Undefined: it says nothing of that. */
export type CmcdReport = {
  readonly sessionId: string | undefined;
  /** Of what it asks for: video, audio, both, or anything else. */
  readonly objectType: ObjectType | undefined;
  readonly streamType: 'live' | 'vod' | undefined;
  readonly playbackRate: number | undefined;
  /** Of the kind of media that it asks for. */
  readonly bufferMs: number | undefined;
  /** It ran dry between its last request and this one. */
  readonly hasStarved: boolean;
  /** It needs this to begin, to go on after a seek, or after it ran dry. */
  readonly isStartup: boolean;
  /** Bits per second, as it has measured. */
  readonly measuredBitrate: number | undefined;
  /** Bits per second of the quality it asks for, and of the best one it could. */
  readonly requestedBitrate: number | undefined;
  readonly topBitrate: number | undefined;
};

const OBJECT_TYPES = ['a', 'v', 'av', 'm', 'i', 'c', 'tt', 'k', 'o'] as const;
type ObjectType = (typeof OBJECT_TYPES)[number];

const STREAM_TYPES: ReadonlyMap<unknown, 'live' | 'vod'> = new Map([
  ['l', 'live'],
  ['v', 'vod'],
]);

const HEADERS = ['cmcd-request', 'cmcd-object', 'cmcd-status', 'cmcd-session'] as const;
const QUERY = /[?&]CMCD=([^&#]*)/;

/** Far above what any player says; nobody is to keep the service busy with reading. */
const MAX_LENGTH = 2048;
/** `sid` has at most so many characters. */
const MAX_SESSION = 64;
/** Ten gigabits per second, and a day: what is above says nothing. */
const MAX_KBPS = 10_000_000;
const MAX_BUFFER_MS = 86_400_000;
const MAX_RATE = 100;

/**
 * One pair, or a key alone, which means true; strings in quotes, with a backslash before quotes and backslashes. Version 2 has lists, as
 * `bl=(21300;v 4000;a)`, of which the first counts.
 */
const MEMBER =
  /[ \t]*([A-Za-z][A-Za-z0-9.-]*)(?:=("(?:[^"\\]|\\["\\])*"|\((?:[^()"]|"(?:[^"\\]|\\["\\])*")*\)|[^\s",=()]+))?[ \t]*(?:,|$)/y;
const WHOLE = /^(?:(\d{1,9})|\((\d{1,9})[ ;)].*)$/;

/**
 * What a request says in its headers, or else behind `CMCD=`. Undefined when it says nothing, or what cannot be read as a whole; a value that
 * is not as it should be counts as not said. Never throws: nobody is to be without a picture for that.
 */
export function readCmcd({ headers, url = '' }: IncomingMessage): CmcdReport | undefined {
  const said = HEADERS.flatMap((name) => headers[name] ?? []);
  const text = said.length > 0 ? said.join(',') : decoded(QUERY.exec(url)?.[1]);
  const members = text === undefined ? undefined : parseMembers(text);
  return members && reportOf(members);
}

function decoded(query: string | undefined): string | undefined {
  if (query === undefined || query.length > 3 * MAX_LENGTH) {
    return undefined;
  }
  try {
    return decodeURIComponent(query);
  } catch {
    return undefined;
  }
}

/** By key; true for a key alone. */
function parseMembers(text: string): ReadonlyMap<string, string | true> | undefined {
  const members = new Map<string, string | true>();
  if (text === '' || text.length > MAX_LENGTH) {
    return undefined;
  }
  for (MEMBER.lastIndex = 0; MEMBER.lastIndex < text.length; ) {
    const [, key, value] = MEMBER.exec(text) ?? [];
    if (key === undefined) {
      return undefined;
    }
    members.set(key, value ?? true);
  }
  return members;
}

function reportOf(members: ReadonlyMap<string, string | true>): CmcdReport {
  const bitrate = (key: string): number | undefined => {
    const kbps = whole(members.get(key), MAX_KBPS);
    return kbps === undefined ? undefined : 1000 * kbps;
  };
  return {
    sessionId: quoted(members.get('sid')),
    objectType: OBJECT_TYPES.find((type) => type === members.get('ot')),
    streamType: STREAM_TYPES.get(members.get('st')),
    playbackRate: rateOf(members.get('pr')),
    bufferMs: whole(members.get('bl'), MAX_BUFFER_MS),
    hasStarved: members.get('bs') === true,
    isStartup: members.get('su') === true,
    measuredBitrate: bitrate('mtp'),
    requestedBitrate: bitrate('br'),
    topBitrate: bitrate('tb'),
  };
}

function whole(value: string | true | undefined, most: number): number | undefined {
  const [, plain, listed] = (typeof value === 'string' ? WHOLE.exec(value) : undefined) ?? [];
  const digits = plain ?? listed;
  return digits !== undefined && Number(digits) <= most ? Number(digits) : undefined;
}

function rateOf(value: string | true | undefined): number | undefined {
  const rate = typeof value === 'string' && /^\d{1,3}(?:\.\d{1,3})?$/.test(value) ? Number(value) : undefined;
  return rate !== undefined && rate <= MAX_RATE ? rate : undefined;
}

function quoted(value: string | true | undefined): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('"')) {
    return undefined;
  }
  const text = value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
  return text === '' ? undefined : text.slice(0, MAX_SESSION);
}
