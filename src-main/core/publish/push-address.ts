import { AppError } from '../../shared/app-error.ts';

/** Where to push to, without anything secret, and the stream key apart from it. */
export type PushAddress = {
  /** `rtmp://host[:port]/application`. */
  readonly url: string;
  /** What RTMP calls the playpath: the stream's name, which is the key, with its query. */
  readonly key: string | undefined;
};

/** Longer ones do not fit into a line of the file that hands them to ffmpeg (1000 bytes). */
const MAX_KEY_BYTES = 900;

/**
 * Takes an address apart, as services hand them out: server and key in two fields, or in one with the key behind the last slash. With a key
 * given apart the whole path is the application. Throws `publish/protocol`, which says what is wrong with it; the words hold no key.
 */
export function splitPushAddress(text: string, givenKey: string | undefined, field = 'url'): PushAddress {
  const refuse = (why: string): AppError =>
    new AppError('publish/protocol', `The address of the destination ${why}. Nothing was changed.`, {
      details: { field },
    });
  if (!URL.canParse(text)) {
    throw refuse('is not an address');
  }
  const parsed = new URL(text);
  if (!/^rtmps?:$/.test(parsed.protocol)) {
    throw refuse('must begin with rtmp:// or rtmps://');
  }
  if (parsed.hostname === '') {
    throw refuse('names no server');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    // ffmpeg takes them only on its command line, where every user of the computer can read them.
    throw refuse(
      'holds a user name and a password, which cannot be kept secret there; ask the service for a stream key',
    );
  }
  const path = parsed.pathname.replace(/^\/+/, '').replace(/\/+$/, '');
  if (path === '') {
    throw refuse('names no application; it looks like rtmp://server/application');
  }
  const slash = path.lastIndexOf('/');
  const keyInside = givenKey === undefined && slash > 0;
  const application = keyInside ? path.slice(0, slash) : path;
  const query = `${parsed.search}${parsed.hash}`;
  const key = keyInside ? `${path.slice(slash + 1)}${query}` : givenKey === '' ? undefined : givenKey;
  if (!keyInside && query !== '') {
    throw refuse('has a question mark; what stands behind it belongs to the stream key');
  }
  if (key !== undefined) {
    checkKey(key);
  }
  return { url: `${parsed.protocol}//${parsed.host}/${application}`, key };
}

function checkKey(key: string): void {
  const details = { field: 'streamKey' };
  if (/[\0-\x1f\x7f]/.test(key) || key !== key.trim()) {
    throw new AppError(
      'publish/protocol',
      'The stream key has a space at an end or a character that cannot be typed; copy it again. Nothing was changed.',
      { details },
    );
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new AppError(
      'publish/protocol',
      `The stream key is longer than ${MAX_KEY_BYTES} bytes. Nothing was changed.`,
      { details },
    );
  }
}

/** The part of an address that RTMP calls the application. */
export function applicationOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
