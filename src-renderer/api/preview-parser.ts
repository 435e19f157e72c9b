import type { MeterReading } from '../../src-main/shared/api/studio.ts';
import {
  PREVIEW_HEADER_BYTES,
  PREVIEW_METERS,
  PREVIEW_PICTURE,
  type PreviewHeader,
  readPreviewHeader,
} from '../../src-main/shared/preview-stream.ts';

export type PreviewPicture = {
  readonly width: number;
  readonly height: number;
  readonly wallMs: number;
  /** I420. Valid until two more pictures have been read. */
  readonly bytes: Uint8Array<ArrayBuffer>;
};

export type PreviewSink = {
  readonly picture: (picture: PreviewPicture) => void;
  readonly meters: (wallMs: number, readings: readonly MeterReading[]) => void;
};

/** Larger than a 1920×1080 picture. A longer message means that the two sides are out of step. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Cuts the preview stream into messages, however the network cut it. Throws when the bytes cannot be a preview stream. */
export function createPreviewParser(sink: PreviewSink): { readonly push: (bytes: Uint8Array) => void } {
  const head = new Uint8Array(PREVIEW_HEADER_BYTES);
  let headFill = 0;
  let header: PreviewHeader | undefined;
  let body = new Uint8Array(0);
  let bodyFill = 0;
  // Two buffers in turn: the newest picture waits in one to be painted while the next arrives in the other.
  const buffers = [new Uint8Array(0), new Uint8Array(0)];
  let turn = 0;

  function begin(next: PreviewHeader): void {
    if (next.length > MAX_MESSAGE_BYTES) {
      throw new Error(`a preview message of ${next.length} bytes`);
    }
    header = next;
    bodyFill = 0;
    if (next.kind !== PREVIEW_PICTURE) {
      body = new Uint8Array(next.length);
      return;
    }
    turn = 1 - turn;
    const buffer = buffers[turn];
    body = buffer?.length === next.length ? buffer : new Uint8Array(next.length);
    buffers[turn] = body;
  }

  function end({ kind, width, wallMs, length }: PreviewHeader): void {
    header = undefined;
    headFill = 0;
    if (kind === PREVIEW_PICTURE) {
      const height = width > 0 ? (length * 2) / (width * 3) : 0;
      if (!Number.isInteger(height) || height === 0) {
        throw new Error(`a preview picture of ${length} bytes and width ${width}`);
      }
      sink.picture({ width, height, wallMs, bytes: body });
    } else if (kind === PREVIEW_METERS) {
      sink.meters(wallMs, readMeters(body));
    }
    // Other kinds come from a newer service and are for a newer page.
  }

  return {
    push(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (header === undefined) {
          const taken = Math.min(PREVIEW_HEADER_BYTES - headFill, bytes.length - at);
          head.set(bytes.subarray(at, at + taken), headFill);
          headFill += taken;
          at += taken;
          if (headFill < PREVIEW_HEADER_BYTES) {
            return;
          }
          begin(readPreviewHeader(head));
        }
        if (header !== undefined) {
          const taken = Math.min(header.length - bodyFill, bytes.length - at);
          body.set(bytes.subarray(at, at + taken), bodyFill);
          bodyFill += taken;
          at += taken;
          if (bodyFill === header.length) {
            end(header);
          }
        }
      }
    },
  };
}

function readMeters(bytes: Uint8Array): readonly MeterReading[] {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return Array.isArray(value) ? value.filter(isReading) : [];
}

function isReading(value: unknown): value is MeterReading {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'peakDb' in value &&
    typeof value.peakDb === 'number' &&
    'rmsDb' in value &&
    typeof value.rmsDb === 'number' &&
    (!('lufs' in value) || typeof value.lufs === 'number')
  );
}
