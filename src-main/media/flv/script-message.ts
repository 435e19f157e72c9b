import { type FrameRate, frameRateOf } from '../codecs/fraction.ts';
import { type AdCue, parseAdCue } from './ad-cue.ts';
import { type AmfObject, type AmfValue, decodeAmf0, isAmfObject } from './amf0.ts';

export type ScriptMessage =
  | { readonly kind: 'metadata'; readonly metadata: StreamMetadata }
  | { readonly kind: 'cue'; readonly cue: AdCue }
  | { readonly kind: 'nothing' };

/** What an encoder says of its stream; what it does not say, or says as 0, is undefined. */
export type StreamMetadata = {
  /** Bits per second. */
  readonly videoBitrate: number | undefined;
  readonly audioBitrate: number | undefined;
  readonly frameRate: FrameRate | undefined;
};

/** More is a mistake, or bits where kilobits should be. */
const MOST_KBPS = 1_000_000;
/** Rates of film and television, which metadata rounds: 29.97 is 30000/1001. */
const NTSC = 1001;

/**
 * The payload of an RTMP data message. Throws `media/malformed` and `media/unsupported` for what is no AMF 0, `ingest/cue-invalid` for an
 * `onAdCue` that cannot be understood.
 */
export function parseScriptMessage(payload: Uint8Array): ScriptMessage {
  const [first, ...rest] = decodeAmf0(payload);
  // "@setDataFrame" asks a server to keep what follows for those who join later.
  const [name, value] = first === '@setDataFrame' ? rest : [first, ...rest];
  switch (name) {
    case 'onMetaData':
      return { kind: 'metadata', metadata: metadataOf(value) };
    case 'onAdCue':
      return { kind: 'cue', cue: parseAdCue(value) };
    default:
      return { kind: 'nothing' };
  }
}

function metadataOf(value: AmfValue): StreamMetadata {
  const fields: AmfObject = isAmfObject(value) ? value : new Map();
  return {
    videoBitrate: bitrateOf(fields.get('videodatarate')),
    audioBitrate: bitrateOf(fields.get('audiodatarate')),
    frameRate: rateOf(fields.get('framerate')),
  };
}

/** Kilobits per second as bits; undefined when it is no bitrate. */
export function bitrateOf(kbps: AmfValue): number | undefined {
  const number = typeof kbps === 'string' && kbps !== '' ? Number(kbps) : kbps;
  return typeof number === 'number' && number > 0 && number <= MOST_KBPS ? Math.round(number * 1000) : undefined;
}

function rateOf(framesPerSecond: AmfValue): FrameRate | undefined {
  if (typeof framesPerSecond !== 'number' || !(framesPerSecond > 0)) {
    return undefined;
  }
  const nearest = Math.round(framesPerSecond);
  if (nearest > 0 && Math.abs(framesPerSecond - (nearest * 1000) / NTSC) < 0.01 && framesPerSecond !== nearest) {
    return frameRateOf(nearest * 1000, NTSC);
  }
  return frameRateOf(Math.round(framesPerSecond * 1000), 1000);
}
