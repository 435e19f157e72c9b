/** What an SRT caller asks for. */
export type StreamId = {
  /** The access token of a live event, or its name. */
  readonly event: string;
  readonly streamName: string;
};

/** The form of libsrt's access control guidelines. */
const STANDARD = '#!::';
/** Spec 2.5: special characters and blanks make an ingest fail. */
const STREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const EVENT = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
const WITHOUT_NAME = 'main';

/**
 * `{access token or event}/{stream name}`, where the name may be left out, or the same as `r` of `#!::r=…,m=publish`. `badMode`: it asks to
 * receive.
 */
export function parseStreamId(text: string): StreamId | 'malformed' | 'badMode' {
  const keys = text.startsWith(STANDARD) ? parseKeys(text.slice(STANDARD.length)) : new Map([['r', text]]);
  const mode = keys.get('m') ?? 'publish';
  if (mode !== 'publish') {
    return 'badMode';
  }
  const [event = '', streamName = WITHOUT_NAME, ...rest] = (keys.get('r') ?? '').split('/');
  return EVENT.test(event) && STREAM_NAME.test(streamName) && rest.length === 0
    ? { event, streamName }
    : 'malformed';
}

function parseKeys(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
