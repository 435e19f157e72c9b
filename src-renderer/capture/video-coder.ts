import type { CaptureStart } from '../../src-main/shared/api/browser-source.ts';
import type { PieceSample } from '../../src-main/shared/capture-piece.ts';

type Video = CaptureStart['video'];
type Size = { readonly width: number; readonly height: number };

/** One picture after the other, as it comes, into H.264, or VP8 where a browser has nothing better. */
export type VideoCoder = {
  /** Takes the frame over and closes it. One that cannot be encoded in time is left out. */
  readonly push: (frame: VideoFrame, nowMs: number) => void;
  /** The next one can be shown without those before. */
  readonly needKey: () => void;
  readonly close: () => void;
};

/** What the studio makes of it is no larger, and one thread of it decodes no more. */
const LARGEST: Size = { width: 1920, height: 1080 };
const HD_LINES = 720;
const FRAME_RATE = 30;
const KEY_EVERY_MS = 2000;
/** More than one that waits is late. */
const MOST_WAITING = 2;
/** Somewhat closer than they are meant to be; cameras and screens jitter. */
const LEAST_DISTANCE_MS = 24;

export function createVideoCoder(options: {
  readonly onVideo: (video: Video) => void;
  readonly onSample: (sample: PieceSample) => void;
  readonly onFault: (error: unknown) => void;
}): VideoCoder {
  let encoder: VideoEncoder | undefined;
  let size: Size | undefined;
  let codec = '';
  let isPreparing = false;
  let isClosed = false;
  let needsKey = true;
  let keyMs = -Infinity;
  let takenMs = -Infinity;

  function output(chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata | undefined): void {
    if (isClosed) {
      return;
    }
    const description = metadata?.decoderConfig?.description;
    const isAvc = codec.startsWith('avc1');
    if (metadata?.decoderConfig !== undefined && size !== undefined && (!isAvc || description !== undefined)) {
      options.onVideo({
        codec: isAvc ? metadata.decoderConfig.codec : 'vp8',
        ...size,
        config: isAvc && description !== undefined ? base64(bytesOf(description)) : '',
      });
    }
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    options.onSample({ kind: 'video', isKey: chunk.type === 'key', atMs: performance.now(), data });
  }

  async function prepare(wanted: Size): Promise<void> {
    isPreparing = true;
    try {
      const config = await chooseConfig(wanted);
      if (isClosed) {
        return;
      }
      encoder ??= new VideoEncoder({ output, error: options.onFault });
      encoder.configure(config);
      ({ codec } = config);
      size = wanted;
      needsKey = true;
    } catch (error) {
      options.onFault(error);
    } finally {
      isPreparing = false;
    }
  }

  function encode(frame: VideoFrame, nowMs: number): void {
    if (isClosed || isPreparing || nowMs - takenMs < LEAST_DISTANCE_MS) {
      return;
    }
    const wanted = fitted({ width: frame.displayWidth, height: frame.displayHeight });
    if (encoder === undefined || size?.width !== wanted.width || size.height !== wanted.height) {
      void prepare(wanted);
      return;
    }
    if (encoder.encodeQueueSize >= MOST_WAITING) {
      return;
    }
    takenMs = nowMs;
    const keyFrame = needsKey || nowMs - keyMs >= KEY_EVERY_MS;
    if (keyFrame) {
      keyMs = nowMs;
      needsKey = false;
    }
    // The times of screens, cameras and browsers begin anywhere; what counts is when the picture was there.
    const stamped = new VideoFrame(frame, { timestamp: Math.round(nowMs * 1000) });
    encoder.encode(stamped, { keyFrame });
    stamped.close();
  }

  return {
    push(frame, nowMs) {
      try {
        encode(frame, nowMs);
      } catch (error) {
        options.onFault(error);
      } finally {
        frame.close();
      }
    },
    needKey() {
      needsKey = true;
    },
    close() {
      isClosed = true;
      if (encoder !== undefined && encoder.state !== 'closed') {
        encoder.close();
      }
    },
  };
}

/** As large as it may be, in the shape it has, with even sides. */
export function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, LARGEST.width / width, LARGEST.height / height);
  const even = (length: number): number => Math.max(16, Math.round((length * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

async function chooseConfig({ width, height }: Size): Promise<VideoEncoderConfig> {
  const isHd = Math.min(width, height) > HD_LINES || Math.max(width, height) > 1280;
  const common = {
    width,
    height,
    framerate: FRAME_RATE,
    bitrate: isHd ? 5_000_000 : 3_000_000,
    latencyMode: 'realtime',
  } as const;
  // Constrained baseline has no pictures out of order, which would wait for each other.
  const level = isHd ? '28' : '1f';
  const candidates: readonly VideoEncoderConfig[] = [
    { ...common, codec: `avc1.42e0${level}`, avc: { format: 'avc' } },
    { ...common, codec: `avc1.4200${level}`, avc: { format: 'avc' } },
    { ...common, codec: 'vp8' },
  ];
  for (const config of candidates) {
    const { supported } = await VideoEncoder.isConfigSupported(config);
    if (supported === true) {
      return config;
    }
  }
  throw new Error('This browser encodes neither H.264 nor VP8.');
}

export function bytesOf(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
