import { randomUUID } from 'node:crypto';
import { sleep } from '../base/clock.ts';
import type { ControlClient } from '../core/control/client/control-client.ts';
import type { Asset } from '../shared/api/assets.ts';
import type { Destination } from '../shared/api/publishing.ts';
import type { SourceSpec, StudioSession, StudioState } from '../shared/api/studio.ts';
import { AppError } from '../shared/app-error.ts';
import { EXIT, type ExitCode, type Host } from './host.ts';
import { createStatusLine, type StatusLine } from './status-line.ts';
import { aboutWords, bitrateWords, clockWords, printable, sizeWords } from './words.ts';

/** How often the studio is asked: often until viewers can watch, then as often as the line is rewritten. */
const STARTING_POLL_MS = 250;
const LIVE_POLL_MS = 1000;

/** What a player may take to answer one look at its address. */
const ANSWER_MS = 2000;

/** After this time without an answer somebody should know. */
const PATIENCE_MS = 30_000;

type BroadcastPlan = {
  readonly sources: readonly [picture: SourceSpec, ...sound: SourceSpec[]];
  readonly pushTo: readonly string[];
  readonly title: string | undefined;
  readonly record: boolean;
  readonly durationSeconds: number | undefined;
};

/** One broadcast from the shell, from going live to the checked recording. What the studio had before is put back at the end. */
export async function broadcast(host: Host, client: ControlClient, plan: BroadcastPlan): Promise<ExitCode> {
  const before = await client.call('getStudio', {});
  if (before.phase !== 'off-air') {
    throw new AppError(
      'live/already-live',
      `The studio of this data folder is ${before.phase} already; end that first.`,
    );
  }
  await using undo = new AsyncDisposableStack();
  undo.defer(() => putBack(client, before));
  await client.call('putSources', { body: { sources: [...plan.sources] } });
  await client.call('putScene', { body: { kind: 'single', source: plan.sources[0].id } });
  const pushes = await addDestinations(client, plan.pushTo, undo);

  if (host.interrupted.aborted) {
    return EXIT.interrupted;
  }
  const started = await client.call('goLive', { body: { title: plan.title, record: plan.record } });
  undo.defer(() => quietly(endIfLive(host, client)));
  using line = createStatusLine(host.err, host.clock);
  const last = await whileLive(host, client, plan, pushes, line, started);

  line.show('Ending.');
  await endIfLive(host, client);
  const recording =
    last.session?.asset === undefined ? undefined : await finalised(host, client, line, last.session.asset);
  return report(host, line, last, recording);
}

async function addDestinations(
  client: ControlClient,
  urls: readonly string[],
  undo: AsyncDisposableStack,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const url of urls) {
    const name = `Command line ${randomUUID().slice(0, 8)}`;
    await client.call('putDestination', { params: { name }, body: { url } });
    undo.defer(() => quietly(client.call('deleteDestination', { params: { name } })));
    names.add(name);
  }
  return names;
}

/** Shows how it goes until it is to end: by Ctrl-C, by the clock, or because the studio ended by itself. Gives the last state of the session. */
async function whileLive(
  host: Host,
  client: ControlClient,
  plan: BroadcastPlan,
  pushes: ReadonlySet<string>,
  line: StatusLine,
  started: StudioState,
): Promise<StudioState> {
  const { clock } = host;
  const beganMs = clock.monotonicMs();
  let waiting: readonly string[] | undefined;
  let warned = false;
  let onAirMs: number | undefined;
  let last = started;
  for (;;) {
    const state = await client.call('getStudio', {});
    if (state.phase === 'off-air') {
      return { ...last, ...state, ...(last.session && { session: last.session }) };
    }
    last = state;
    onAirMs ??= state.phase === 'live' ? clock.monotonicMs() : undefined;
    waiting ??= state.session === undefined ? undefined : addressesOf(state.session);
    waiting = waiting && (await printAnswering(host, line, waiting));
    if (waiting?.length === 0) {
      line.show(
        liveWords(state, (clock.monotonicMs() - (onAirMs ?? beganMs)) / 1000, await pushStates(client, pushes)),
      );
    } else if (!warned && clock.monotonicMs() - beganMs > PATIENCE_MS) {
      warned = true;
      line.note(`Nobody can watch yet: ${waiting?.[0] ?? 'the stream'} does not answer. Lectern goes on trying.`);
    }
    const leftMs =
      plan.durationSeconds === undefined || onAirMs === undefined
        ? Infinity
        : onAirMs + plan.durationSeconds * 1000 - clock.monotonicMs();
    if (host.interrupted.aborted || leftMs <= 0) {
      return last;
    }
    await pause(host, Math.min(leftMs, waiting?.length === 0 ? LIVE_POLL_MS : STARTING_POLL_MS));
  }
}

function addressesOf({ urls }: StudioSession): readonly string[] {
  return [urls.hls, urls.dash, urls.watch];
}

/** Prints the addresses that answer, in their order; gives those that do not answer yet. */
async function printAnswering(
  host: Host,
  line: StatusLine,
  addresses: readonly string[],
): Promise<readonly string[]> {
  for (const [index, address] of addresses.entries()) {
    if (!(await answers(address, host.interrupted))) {
      return addresses.slice(index);
    }
    line.clear();
    host.out.write(`${address}\n`);
  }
  return [];
}

async function answers(address: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function pushStates(client: ControlClient, names: ReadonlySet<string>): Promise<readonly Destination[]> {
  if (names.size === 0) {
    return [];
  }
  const { value } = await client.call('listDestinations', {});
  return value.filter(({ name }) => names.has(name));
}

function liveWords(state: StudioState, seconds: number, pushes: readonly Destination[]): string {
  const [reason] = state.health.reasons;
  const speed = state.encoder === undefined ? [] : [`encoder ${state.encoder.speed.toFixed(2)}×`];
  return [
    `${state.phase === 'live' ? 'Live' : state.phase} ${clockWords(seconds)}`,
    reason === undefined ? state.health.level : `${state.health.level}: ${printable(reason.detail)}`,
    ...speed,
    `${state.viewers} ${state.viewers === 1 ? 'viewer' : 'viewers'}`,
    state.session?.asset === undefined ? 'not recorded' : `${aboutWords(state.disk.secondsLeft)} of disk left`,
    ...pushes.map(
      (push) => `push ${push.state}${push.state === 'live' ? ` ${bitrateWords(push.sentBitrate)}` : ''}`,
    ),
  ].join('  ·  ');
}

/** Ends at once, and comes back when nothing is on air any more. Does nothing when that is so already. */
async function endIfLive(host: Host, client: ControlClient): Promise<void> {
  let { phase } = await client.call('getStudio', {});
  if (phase !== 'off-air') {
    ({ phase } = await client.call('endLive', { body: { now: true } }));
  }
  while (phase !== 'off-air') {
    await sleep(host.clock, STARTING_POLL_MS);
    ({ phase } = await client.call('getStudio', {}));
  }
}

async function finalised(host: Host, client: ControlClient, line: StatusLine, name: string): Promise<Asset> {
  for (;;) {
    const asset = await client.call('getAsset', { params: { name } });
    if (asset.state !== 'recording' && asset.state !== 'finalising') {
      return asset;
    }
    line.show('Checking the recording.');
    await sleep(host.clock, STARTING_POLL_MS);
  }
}

function report(host: Host, line: StatusLine, last: StudioState, recording: Asset | undefined): ExitCode {
  line.clear();
  const failed = last.phase === 'off-air' && last.lastError !== undefined;
  if (failed) {
    host.err.write(`The broadcast ended by itself. ${printable(last.lastError?.detail ?? '')}\n`);
  }
  if (recording === undefined) {
    host.err.write('Nothing was recorded.\n');
    return failed ? EXIT.failed : EXIT.ok;
  }
  const what = `${printable(recording.name)}, ${clockWords(recording.duration)}, ${sizeWords(recording.size)}`;
  if (recording.state === 'ready') {
    host.err.write(`Recorded and checked: ${what}.\n`);
    return failed ? EXIT.failed : EXIT.ok;
  }
  if (recording.state === 'empty') {
    host.err.write('Nothing was recorded: it ended before the first picture was encoded.\n');
    return failed ? EXIT.failed : EXIT.ok;
  }
  host.err.write(`The recording is damaged: ${what}. ${printable(recording.damage ?? '')}\n`);
  return failed ? EXIT.failed : EXIT.damaged;
}

async function putBack(client: ControlClient, before: StudioState): Promise<void> {
  await quietly(client.call('putSources', { body: { sources: before.sources.map(({ spec }) => spec) } }));
  await quietly(client.call('putScene', { body: before.scene }));
  await quietly(client.call('patchStudio', { body: { title: before.title, record: before.record } }));
}

/** Clearing up behind an end must not hide how it ended. */
async function quietly(step: Promise<unknown>): Promise<void> {
  try {
    await step;
  } catch {
    // The service may be gone; then there is nothing to clear up.
  }
}

async function pause(host: Host, delayMs: number): Promise<void> {
  try {
    await sleep(host.clock, delayMs, host.interrupted);
  } catch {
    // Interrupted: whoever waits looks for that itself.
  }
}
