/** The pictures of a track as they come; `close` ends them. */
export type Pictures = {
  /** Some thirty times a second. */
  readonly tick: () => void;
  readonly close: () => void;
};

// Chromium and Safari have it; the compiler's library does not, because the others do not.
type FrameReader = { readonly readable: ReadableStream<VideoFrame> };
type FrameReaderClass = new (options: { readonly track: MediaStreamTrack }) => FrameReader;

function frameReader(): FrameReaderClass | undefined {
  const found: unknown = Reflect.get(globalThis, 'MediaStreamTrackProcessor');
  // What a browser calls so takes a track and gives its frames (W3C mediacapture-transform §3).
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return typeof found === 'function' ? (found as FrameReaderClass) : undefined;
}

/** `onFrame` is given each frame to keep, and has to close it. */
export function openPictures(
  track: MediaStreamTrack,
  video: HTMLVideoElement,
  onFrame: (frame: VideoFrame) => void,
): Pictures {
  const Reader = frameReader();
  return Reader === undefined ? fromElement(video, onFrame) : fromReader(new Reader({ track }), onFrame);
}

function fromReader({ readable }: FrameReader, onFrame: (frame: VideoFrame) => void): Pictures {
  const reader = readable.getReader();
  void (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      onFrame(value);
    }
  })().catch(() => undefined);
  return { tick: () => undefined, close: () => void reader.cancel().catch(() => undefined) };
}

/** What the element shows at each tick: also when nothing has changed, which costs little. */
function fromElement(video: HTMLVideoElement, onFrame: (frame: VideoFrame) => void): Pictures {
  let isClosed = false;
  return {
    tick() {
      if (!isClosed && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0) {
        onFrame(new VideoFrame(video, { timestamp: Math.round(performance.now() * 1000) }));
      }
    },
    close() {
      isClosed = true;
    },
  };
}
