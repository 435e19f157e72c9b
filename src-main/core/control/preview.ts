import type { ServerResponse } from 'node:http';
import type { MeterReading } from '../../shared/api/studio.ts';
import { PREVIEW_METERS, PREVIEW_PICTURE, writePreviewHeader } from '../../shared/preview-stream.ts';
import type { StudioService } from '../ports/services.ts';
import { writeHead } from './answer.ts';

/** The size of the studio's picture on a laptop screen, at which a picture is 130 kB. */
const DEFAULT_WIDTH = 480;
const DEFAULT_FRAME_RATE = 15;

/** Silence: JSON has no -Infinity. */
const SILENCE_DB = -120;

/** What meter readings may wait behind: they are small and come ten times a second, so that this is some minutes of a stuck reader. */
const MAX_UNREAD_METERS = 256 * 1024;

/**
 * `GET /studio/preview`: raw programme pictures and meters, framed as `shared/preview-stream.ts` says, until the caller goes. A picture is
 * dropped while an earlier one is still on its way: late pictures are worse than few, and each is a hundred kilobytes.
 */
export function streamPreview(
  studio: StudioService,
  response: ServerResponse,
  query: { readonly width?: number | undefined; readonly frameRate?: number | undefined },
): void {
  function send(kind: number, width: number, wallMs: number, payload: Uint8Array): void {
    response.cork();
    response.write(writePreviewHeader({ length: payload.byteLength, kind, width, wallMs }));
    response.write(payload);
    response.uncork();
  }

  const subscription = studio.preview(
    { width: query.width ?? DEFAULT_WIDTH, frameRate: query.frameRate ?? DEFAULT_FRAME_RATE },
    {
      picture({ width, wallMs, bytes }) {
        if (response.headersSent && response.writableLength === 0) {
          send(PREVIEW_PICTURE, width, wallMs, bytes);
        }
      },
      meters(wallMs, readings) {
        if (response.headersSent && response.writableLength < MAX_UNREAD_METERS) {
          send(PREVIEW_METERS, 0, wallMs, Buffer.from(metersJson(readings)));
        }
      },
    },
  );
  writeHead(response, 200, { 'Content-Type': 'application/octet-stream', Connection: 'close' });
  // Without a source there is nothing to send, and that may last.
  response.setTimeout(0);
  response.flushHeaders();
  response.once('close', () => subscription[Symbol.dispose]());
}

function metersJson(readings: readonly MeterReading[]): string {
  return JSON.stringify(readings, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? SILENCE_DB : value,
  );
}
