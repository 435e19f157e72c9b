import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { SourceTestResult } from '../shared/api/devices.ts';
import type { DeviceList, SourceSpec } from '../shared/api/studio.ts';
import { AppError } from '../shared/app-error.ts';
import { problemOf } from '../shared/problem.ts';
import { classifyCaptureExit } from './capture/classify-capture-exit.ts';
import { toDevices } from './capture/device-facts.ts';
import { desktopSigns, hardwareSigns, watchSoundServer } from './capture/device-signs.ts';
import type { FoundDevices } from './capture/found-devices.ts';
import { lackError } from './capture/lack-error.ts';
import { soundLevel, wavOf } from './capture/sound-level.ts';
import { tryCapture } from './capture/try-capture.ts';
import { type DeviceChange, type DeviceWatch, watchDevices } from './capture/watch-devices.ts';
import type { Programme } from './compose-studio.ts';
import type { MediaTools } from './media-tools.ts';
import type { Logger } from './ports/logger.ts';
import type { MixerEvent } from './ports/mixer.ts';
import type { Processes } from './ports/process.ts';
import type { DeviceService, EventLog } from './ports/services.ts';
import { readFfmpegFailure } from './process/parse-failure.ts';

export type Devices = DeviceService &
  AsyncDisposable & {
    /** Watches when the studio has a device: whoever captures one wants to know when it is back. */
    follow(): void;
  };

const TEST_WIDTH = 640;
const LOOK_WITHIN_MS = 2000;
/** Luma up to this is black; every so many pixels one is looked at. */
const BLACK_LUMA = 24;
const BLACK_STRIDE = 251;

/** What this computer can capture: listed, watched, tried out. A device that is plugged in again is taken up again at once. */
export function openDevices(options: {
  readonly tools: MediaTools;
  readonly processes: Processes;
  readonly programme: Programme;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
}): Devices {
  const { tools, processes, programme, events, clock } = options;
  const { platform, env } = process;
  const watch: DeviceWatch = watchDevices({
    find: () => tools.find(),
    hardware: hardwareSigns(platform),
    desktop: desktopSigns(platform, env),
    openSound:
      platform === 'linux'
        ? (onChange) => watchSoundServer({ supervise: processes.supervise, onChange })
        : undefined,
    clock,
    logger: options.logger,
  });
  const listening = new DisposableStack();
  listening.use(watch.changed.on(tell));
  listening.use(programme.mixer.changed.on(follow));
  let isTesting = false;

  function follow(): void {
    if (programme.board.specs().some(isDevice)) {
      watch.begin();
    }
  }

  function tell({ found, added, removed }: DeviceChange): void {
    events.publish('Lectern.DevicesChanged', 'devices', listOf(found));
    for (const { spec, state } of programme.board.statuses()) {
      const key = isDevice(spec) ? `${spec.kind} ${spec.device ?? ''}` : '';
      const isBack = added.has(key) && (state === 'lost' || state === 'failed');
      // Sound servers go on with another microphone when one is unplugged, and that is not the one that was chosen.
      const isAnother = removed.has(key) && spec.kind === 'microphone';
      if (isBack || isAnother) {
        void programme.mixer.send({ type: 'retry-source', id: spec.id, always: isAnother });
      }
    }
  }

  async function test(spec: SourceSpec): Promise<SourceTestResult> {
    if (spec.kind === 'test') {
      throw new AppError(
        'request/invalid',
        'The test picture is made by Lectern itself; there is nothing to try.',
        {
          details: { field: 'source.kind' },
        },
      );
    }
    if (spec.kind === 'browser') {
      throw new AppError(
        'request/invalid',
        'What a browser sends is seen as soon as its page is open and shares something; there is nothing to try.',
        { details: { field: 'source.kind' } },
      );
    }
    if (isTesting) {
      throw new AppError('resource/busy', 'Another source is being tried. Wait until that has ended.');
    }
    isTesting = true;
    try {
      const running = spec.kind === 'camera' ? runningWith(programme, spec.device) : undefined;
      return running === undefined ? await testAnew(spec) : await testRunning(running);
    } finally {
      isTesting = false;
    }
  }

  async function testAnew(spec: SourceSpec): Promise<SourceTestResult> {
    const beganMs = clock.monotonicMs();
    const { canvas } = programme.ladder.plan();
    const prepared = await tools.prepare(spec);
    const { input } = prepared.source(canvas);
    if (input.kind !== 'capture') {
      throw new AppError('request/invalid', 'There is nothing to try.', { details: { field: 'source' } });
    }
    const named = { kind: spec.kind, label: prepared.label };
    const { picture, sound } = await tryCapture({
      command: input.command,
      canvas,
      spawn: processes.spawn,
      clock,
      words: {
        ended: (exit) => classifyCaptureExit(exit, named, { platform, readFailure: readFfmpegFailure }),
        lacks: (lack) => lackError(lack, named, platform),
      },
    });
    const tookMs = Math.round(clock.monotonicMs() - beganMs);
    return {
      label: prepared.label,
      inUse: false,
      ...(picture === undefined
        ? {}
        : { picture: await draw({ ...canvas, bytes: picture.bytes }, picture.frameRate) }),
      ...(sound === undefined ? {} : { sound: { wav: wavOf(sound).toString('base64'), ...soundLevel(sound) } }),
      tookMs,
    };
  }

  /** A camera gives its pictures to one program at a time, and that is us. */
  async function testRunning({ id, label }: Running): Promise<SourceTestResult> {
    const beganMs = clock.monotonicMs();
    const mixer = await programme.mixer.use();
    const request = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Look | undefined>();
    using _answer = mixer.events.on((event) => {
      if (event.type === 'source-look' && event.request === request) {
        resolve(event.picture);
      }
    });
    using _late = clock.after(LOOK_WITHIN_MS, () => resolve(undefined));
    mixer.send({ type: 'look-at-source', id, request, width: TEST_WIDTH });
    const look = await promise;
    const status = programme.board.statuses().find(({ spec }) => spec.id === id);
    if (look === undefined) {
      throw status?.error === undefined
        ? lackError('capture/no-frames', { kind: 'camera', label }, platform)
        : new AppError('capture/no-frames', status.error.detail, { details: { kind: 'camera', device: label } });
    }
    const picture = { width: look.width, height: look.height, bytes: Buffer.from(look.bytes, 'base64') };
    const tookMs = Math.round(clock.monotonicMs() - beganMs);
    return { label, inUse: true, picture: await draw(picture, status?.frameRate), tookMs };
  }

  async function draw(
    picture: { readonly width: number; readonly height: number; readonly bytes: Buffer },
    frameRate: number | undefined,
  ): Promise<NonNullable<SourceTestResult['picture']>> {
    const width = Math.min(TEST_WIDTH, picture.width);
    const height = Math.round((width * picture.height) / picture.width / 2) * 2;
    const jpeg = await tools.drawFrame(picture, { width, height });
    return {
      jpeg: Buffer.from(jpeg).toString('base64'),
      width,
      height,
      ...(frameRate === undefined ? {} : { frameRate: Math.round(frameRate * 10) / 10 }),
      isBlack: isBlack(picture.bytes.subarray(0, picture.width * picture.height)),
    };
  }

  return {
    list: async () => listOf(await watch.list()),
    test,
    follow,
    async [Symbol.asyncDispose]() {
      listening.dispose();
      await watch[Symbol.asyncDispose]();
    },
  };
}

type Look = NonNullable<Extract<MixerEvent, { type: 'source-look' }>['picture']>;
type Running = { readonly id: string; readonly label: string };

function runningWith({ board }: Programme, device: string): Running | undefined {
  const found = board
    .statuses()
    .find(({ spec, state }) => spec.kind === 'camera' && spec.device === device && state !== 'failed');
  return found === undefined ? undefined : { id: found.spec.id, label: found.label };
}

function isDevice(spec: SourceSpec): spec is Exclude<SourceSpec, { kind: 'test' | 'file' | 'url' | 'browser' }> {
  return spec.kind !== 'test' && spec.kind !== 'file' && spec.kind !== 'url' && spec.kind !== 'browser';
}

function listOf({ facts, problems }: FoundDevices): DeviceList {
  return { value: [...toDevices(facts)], problems: problems.map(problemOf) };
}

function isBlack(luma: Uint8Array): boolean {
  for (let at = 0; at < luma.length; at += BLACK_STRIDE) {
    if ((luma[at] ?? 0) > BLACK_LUMA) {
      return false;
    }
  }
  return true;
}
