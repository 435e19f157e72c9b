import type { Bitrates } from '../../../media/flv/flv-reader.ts';
import { bitrateOf } from '../../../media/flv/script-message.ts';
import { AppError } from '../../../shared/app-error.ts';

/** Where an encoder wants to publish, taken apart. */
export type PublishAddress = {
  readonly accessToken: string;
  readonly streamName: string;
  /** As the encoder wrote it, without token and query. */
  readonly ingestUrl: string;
  /** Of the query (spec 2.5). */
  readonly bitrates: Bitrates;
};

const APPLICATION = 'live';
const STREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** What is a token at all; whether it is a right one is known elsewhere. */
const TOKEN = /^[A-Za-z0-9-]{1,64}$/;

/** The server's part of an address. Throws `MPE_BAD_URL_SYNTAX` for what is no address of RTMP. */
export function serverOf(tcUrl: string): string {
  const url = URL.canParse(tcUrl) ? new URL(tcUrl) : undefined;
  // User and password stay out.
  if (url === undefined || !/^rtmps?:$/.test(url.protocol) || !/^[^\s/?#@]{1,261}$/.test(url.host)) {
    throw badAddress('is no address of RTMP');
  }
  return `${url.protocol}//${url.host}`;
}

/**
 * `live/{accessToken}/{streamName}?videodatarate={kbit/s}&audiodatarate={kbit/s}`. Encoders cut it in two at different places: `app` comes with
 * `connect`, `stream` with `publish`, and the query may hang on either. Throws `MPE_BAD_URL_SYNTAX`; the message never holds the token.
 */
export function parsePublishAddress(server: string, app: string, stream: string): PublishAddress {
  const [appPath, appQuery] = cut(app);
  const [streamPath, streamQuery] = cut(stream);
  const steps = `${appPath}/${streamPath}`.split('/').filter((step) => step !== '');
  const [application, accessToken, streamName] = steps;
  if (application !== APPLICATION || accessToken === undefined || !TOKEN.test(accessToken)) {
    throw badAddress('is not rtmp://{server}/live/{access token}/{stream name}');
  }
  if (streamName === undefined) {
    throw badAddress('has no stream name. Give the encoder one as its stream key');
  }
  if (steps.length > 3 || !STREAM_NAME.test(streamName)) {
    throw badAddress(
      'has a stream name that cannot be used. It may have letters, digits, and then also . _ and -, but no blanks or other characters',
    );
  }
  const query = new URLSearchParams(`${appQuery}&${streamQuery}`);
  return {
    accessToken,
    streamName,
    ingestUrl: `${server}/${APPLICATION}/${streamName}`,
    bitrates: {
      video: bitrateOf(query.get('videodatarate')),
      audio: bitrateOf(query.get('audiodatarate')),
    },
  };
}

function cut(path: string): readonly [path: string, query: string] {
  const at = path.indexOf('?');
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}

function badAddress(problem: string): AppError {
  return new AppError('MPE_BAD_URL_SYNTAX', `The address that the encoder publishes to ${problem}.`);
}
