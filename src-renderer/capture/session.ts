import type { CaptureStart } from '../../src-main/shared/api/browser-source.ts';
import type { CaptureApi } from './api.ts';
import { openPictures } from './pictures.ts';
import { createSender, type SenderState } from './sender.ts';
import { openSoundCoder } from './sound-coder.ts';
import { createVideoCoder } from './video-coder.ts';

export type What = CaptureStart['what'];

/** One capture from the press of its button to its end. */
export type Session = {
  readonly stream: MediaStream;
  readonly facts: () => { readonly width: number; readonly height: number; readonly dropped: number };
  readonly close: () => void;
};

export type OpenSession = {
  readonly what: What;
  readonly withMicrophone: boolean;
  readonly name: string;
  readonly api: CaptureApi;
  readonly video: HTMLVideoElement;
  readonly onState: (state: SenderState) => void;
  /** It was ended in the browser's own bar, or the device is gone. */
  readonly onEnded: () => void;
  readonly onFault: (error: unknown) => void;
  /** The microphone was refused, and the screen is shown without. */
  readonly onNoMicrophone: () => void;
};

/** A screen on which nothing moves gives no pictures; the studio would take that for a fault. */
const AGAIN_AFTER_MS = 250;

const PICTURE = { frameRate: { ideal: 30, max: 30 } } as const;
const CAMERA = { ...PICTURE, width: { ideal: 1280 }, height: { ideal: 720 } } as const;

/** Asks for what is to be captured, and sends it until it is closed. Rejects with the browser's reason when it was refused. */
export async function openSession(options: OpenSession): Promise<Session> {
  const { video, onFault } = options;
  const streams = await ask(options);
  const stop = (): void => {
    for (const track of streams.flatMap((stream) => stream.getTracks())) {
      track.stop();
    }
  };
  try {
    return await send(options, streams, stop);
  } catch (error) {
    stop();
    video.srcObject = null;
    onFault(error);
    throw error;
  }
}

async function ask({ what, withMicrophone, onNoMicrophone }: OpenSession): Promise<readonly MediaStream[]> {
  const { mediaDevices } = navigator;
  if (what === 'camera') {
    return [await mediaDevices.getUserMedia({ video: CAMERA, audio: withMicrophone })];
  }
  const screen = await mediaDevices.getDisplayMedia({ video: PICTURE, audio: true });
  if (!withMicrophone) {
    return [screen];
  }
  try {
    return [screen, await mediaDevices.getUserMedia({ audio: true })];
  } catch {
    onNoMicrophone();
    return [screen];
  }
}

async function send(options: OpenSession, streams: readonly MediaStream[], stop: () => void): Promise<Session> {
  const { what, name, api, video, onState, onEnded, onFault } = options;
  const [main] = streams;
  const track = main?.getVideoTracks()[0];
  if (main === undefined || track === undefined) {
    throw new Error('There is no picture in it.');
  }
  let picture: CaptureStart['video'] | undefined;
  let audio: CaptureStart['audio'] | undefined;
  /** The newest frame, to be sent again while no other comes. */
  let last: VideoFrame | undefined;
  let lastMs = -Infinity;
  let isClosed = false;

  const coder = createVideoCoder({
    onVideo(next) {
      picture = next;
      describe();
    },
    onSample: (sample) => sender.add(sample),
    onFault,
  });
  const sender = createSender({ api, onState, onNeedsKey: coder.needKey });

  function describe(): void {
    if (picture !== undefined && audio !== undefined) {
      sender.describe({ name, what, isResumed: false, video: picture, audio });
    }
  }

  function show(frame: VideoFrame): void {
    if (isClosed) {
      frame.close();
      return;
    }
    lastMs = performance.now();
    last?.close();
    last = frame.clone();
    coder.push(frame, lastMs);
  }

  video.srcObject = main;
  const sound = await openSoundCoder({
    tracks: streams.flatMap((stream) => stream.getAudioTracks()),
    onAudio(next) {
      audio = next;
      describe();
    },
    onSample: (sample) => sender.add(sample),
    onFault,
  });
  const pictures = openPictures(track, video, show);
  const ticker = new Worker(new URL('./ticker.ts', import.meta.url), { type: 'module' });
  ticker.onmessage = () => {
    const nowMs = performance.now();
    pictures.tick();
    if (last !== undefined && nowMs - lastMs > AGAIN_AFTER_MS) {
      lastMs = nowMs;
      coder.push(last.clone(), nowMs);
    }
    sender.tick(nowMs);
  };
  track.addEventListener('ended', onEnded);

  return {
    stream: main,
    facts: () => ({ width: picture?.width ?? 0, height: picture?.height ?? 0, dropped: sender.dropped() }),
    close() {
      if (isClosed) {
        return;
      }
      isClosed = true;
      track.removeEventListener('ended', onEnded);
      ticker.terminate();
      sender.stop();
      pictures.close();
      sound.close();
      coder.close();
      last?.close();
      last = undefined;
      video.srcObject = null;
      stop();
    },
  };
}
