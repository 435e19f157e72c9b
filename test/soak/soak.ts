import { setTimeout as wait } from 'node:timers/promises';
import { fragmentSender, rtmpSender, senderClock } from '../support/live-senders.ts';
import { type LoopedMedia, loopedMedia } from '../support/looped-media.ts';
import { followEvents, ingestUrl } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';
import { type Broadcast, type BroadcastPlan, openBroadcast } from './broadcast.ts';
import type { Encoder } from './encoders.ts';
import { seededRandom } from './random.ts';
import { type EventCounts, type Findings, judge, printFindings } from './verdict.ts';
import { watchVitals } from './vitals.ts';

export type SoakOptions = {
  readonly seconds: number;
  readonly seed: number;
  readonly tell: (words: string) => void;
  readonly signal?: AbortSignal;
};

/** Before the end all encoders are there, and the readers catch up. */
const SETTLE_SECONDS = 8;
const LAYERS = [
  { size: '480x270', kbps: 500 },
  { size: '320x180', kbps: 300 },
  { size: '256x144', kbps: 150 },
] as const;

/**
 * A real service with three live events on which encoders come and go for as long as is asked, and readers that hold every sample of every
 * track against what was sent. Says how it stands every minute.
 */
export async function runSoak({ seconds, seed, tell, signal }: SoakOptions): Promise<Findings> {
  const media = await loopedMedia({ layers: LAYERS, gopSeconds: 1 });
  await using stage = await openStage();
  const { lectern } = stage;
  await using told = followEvents(lectern);
  const clock = senderClock();
  await using opened = new AsyncDisposableStack();
  const broadcasts: Broadcast[] = [];
  for (const [index, plan] of plans(media, clock).entries()) {
    const random = seededRandom(seed, index);
    broadcasts.push(opened.use(await openBroadcast(plan, { lectern, clock, random })));
  }
  await using vitals = watchVitals(lectern.pid, seconds);
  const encoders = broadcasts.flatMap((broadcast) => broadcast.encoders);

  async function findings(): Promise<Findings> {
    return {
      seconds,
      broadcasts: await Promise.all(broadcasts.map(judge)),
      growth: vitals.growth(),
      restarts: vitals.restarts(),
      standstill: vitals.standstill(),
      events: { expected: expectedEvents(encoders), seen: countEvents(told.seen()) },
    };
  }

  const beganMs = performance.now();
  const stopping = new AbortController();
  const until = AbortSignal.any([stopping.signal, ...(signal === undefined ? [] : [signal])]);
  const running = Promise.all(broadcasts.map((broadcast) => broadcast.run(until)));
  const isOver = (): boolean =>
    until.aborted || performance.now() - beganMs > Math.max(0, seconds - SETTLE_SECONDS) * 1000;
  let reported = 0;
  while (!isOver()) {
    await wait(500);
    for (const encoder of encoders) {
      await encoder.watch();
    }
    const minutes = Math.floor((performance.now() - beganMs) / 60_000);
    if (minutes > reported) {
      reported = minutes;
      tell(`after ${minutes} min\n${printFindings(await findings())}\n`);
    }
  }
  stopping.abort();
  await running;
  await wait(SETTLE_SECONDS * 1000);
  return await findings();
}

function plans(media: LoopedMedia, clock: ReturnType<typeof senderClock>): readonly BroadcastPlan[] {
  const { video, audio } = media;
  const [, one] = video;
  if (one === undefined) {
    throw new Error('no picture');
  }
  const pair = { between: [2, 8], away: [1, 7] } as const;
  return [
    {
      name: 'ladder',
      create: { input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' } },
      video,
      audio,
      encoders: [
        {
          name: 'all qualities',
          open: (event, from) =>
            video.map((track, index) =>
              rtmpSender(ingestUrl(event, 'rtmp'), `q${index}`, { clock, from, tracks: [track, audio] }),
            ),
        },
      ],
      habits: { between: [8, 20], away: [1, 5] },
    },
    {
      name: 'pair',
      create: { input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' } },
      video: [one],
      audio,
      encoders: ['primary', 'secondary'].map((name, index) => ({
        name,
        open: (event, from) => [
          rtmpSender(ingestUrl(event, 'rtmp', index), 'one', { clock, from, tracks: [one, audio] }),
        ],
      })),
      habits: pair,
    },
    {
      name: 'fragments',
      create: { input: { streamingProtocol: 'FragmentedMP4', keyFrameIntervalDuration: 'PT1S' } },
      video: [one],
      audio,
      encoders: ['first', 'second'].map((name) => ({
        name,
        open: (event, from) => [fragmentSender(ingestUrl(event, 'http'), { clock, from, tracks: [one, audio] })],
      })),
      habits: pair,
    },
  ];
}

function expectedEvents(encoders: readonly Encoder[]): Omit<EventCounts, 'missed'> {
  const connected = encoders.reduce((sum, encoder) => sum + encoder.connections(), 0);
  const open = encoders.reduce((sum, encoder) => sum + encoder.open(), 0);
  return { connected, disconnected: connected - open };
}

function countEvents(seen: readonly { readonly eventType: string; readonly id: string }[]): EventCounts {
  const count = (type: string): number => seen.filter(({ eventType }) => eventType.endsWith(type)).length;
  const ids = seen.map(({ id }) => Number(id));
  const missed = ids.slice(1).reduce((sum, id, index) => sum + Math.max(0, id - (ids[index] ?? id) - 1), 0);
  return { connected: count('EncoderConnected'), disconnected: count('EncoderDisconnected'), missed };
}
