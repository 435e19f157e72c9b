import { AppError } from '../../shared/app-error.ts';
import { isSrt, splitSrtAddress } from './srt-address.ts';

/** Where to push to, without the key, and the stream key apart from it. */
export type PushAddress = {
  /** `rtmp://host[:port]/application[?query]`, or `srt://host:port[?latency=…]`. */
  readonly url: string;
  /** What RTMP calls the playpath: the stream's name, which is the key, with its query. Of SRT: stream id and passphrase, as a query. */
  readonly key: string | undefined;
};

/** Longer ones do not fit into a line of the file that hands them to ffmpeg (1000 bytes). */
const MAX_BYTES = 900;

/** Scheme, host and port, path without slashes around it, query. Taken as it is written: a key in it must stay what the service gave out. */
const ADDRESS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)\/*([^?#]*?)\/*([?#].*)?$/i;

/**
 * Takes an address apart, as services hand them out: server and key in two fields, or in one with the key behind the last slash. With a key
 * given apart, also an empty one, everything is the application, with its query: services tell primary and backup servers apart by it.
 * Throws `publish/protocol`, which says what is wrong with it; the words hold no key.
 */
export function splitPushAddress(text: string, givenKey: string | undefined, field = 'url'): PushAddress {
  if (isSrt(text)) {
    return splitSrtAddress(text, givenKey, field);
  }
  const refuse = (why: string): AppError =>
    new AppError('publish/protocol', `The address of the destination ${why}. Nothing was changed.`, {
      details: { field },
    });
  const [, scheme = '', server = '', path = '', query = ''] = ADDRESS.exec(text) ?? [];
  if (!URL.canParse(text) || scheme === '' || /[\s\0-\x1f\x7f]/.test(text) || !text.isWellFormed()) {
    throw refuse('is not an address');
  }
  if (!/^rtmps?$/i.test(scheme)) {
    throw refuse('must begin with rtmp://, rtmps:// or srt://');
  }
  if (server.includes('@')) {
    // ffmpeg takes them only on its command line, where every user of the computer can read them.
    throw refuse(
      'holds a user name and a password, which cannot be kept secret there; ask the service for a stream key',
    );
  }
  if (new URL(text).hostname === '') {
    throw refuse('names no server');
  }
  if (path === '') {
    throw refuse('names no application; it looks like rtmp://server/application');
  }
  const slash = path.lastIndexOf('/');
  const hasKeyInside = givenKey === undefined && slash > 0;
  if (givenKey === undefined && !hasKeyInside && query !== '') {
    throw refuse(
      'has a question mark and no stream key before it; give the stream key, with what belongs to it, by itself',
    );
  }
  const application = hasKeyInside ? path.slice(0, slash) : `${path}${query}`;
  if (Buffer.byteLength(`${scheme}://${server}/${application}`) > MAX_BYTES) {
    throw refuse(`is longer than ${MAX_BYTES} bytes`);
  }
  const key = hasKeyInside ? `${path.slice(slash + 1)}${query}` : givenKey === '' ? undefined : givenKey;
  if (key !== undefined) {
    checkKey(key);
  }
  return { url: `${scheme.toLowerCase()}://${server}/${application}`, key };
}

function checkKey(key: string): void {
  const details = { field: 'streamKey' };
  if (/[\0-\x1f\x7f]/.test(key) || key !== key.trim() || !key.isWellFormed()) {
    throw new AppError(
      'publish/protocol',
      'The stream key has a space at an end or a character that cannot be typed; copy it again. Nothing was changed.',
      { details },
    );
  }
  if (Buffer.byteLength(key) > MAX_BYTES) {
    throw new AppError(
      'publish/protocol',
      `The stream key is longer than ${MAX_BYTES} bytes. Nothing was changed.`,
      { details },
    );
  }
}

/** The part of an address that RTMP calls the application. */
export function applicationOf(url: string): string {
  return url.replace(/^\w+:\/\/[^/]*\//, '');
}

/** The rest: all that a command line has to show. */
export function serverUrlOf(url: string): string {
  return url.slice(0, url.length - applicationOf(url).length);
}

/** How many names the path of an address has; 0 when it is none. */
export function pathParts(url: string): number {
  const [, , , path = ''] = ADDRESS.exec(url) ?? [];
  return path.split('/').filter((part) => part !== '').length;
}
