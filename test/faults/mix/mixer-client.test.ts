import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import { createLinkReader, createLinkWriter, type LinkWriter } from '../../../src-main/core/mix/link.ts';
import { openMixer } from '../../../src-main/core/mix/mixer-client.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type {
  EncoderCommand,
  Mixer,
  MixerCommand,
  MixerData,
  MixerEvent,
  MixerPhase,
} from '../../../src-main/core/ports/mixer.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const ENTRY = new URL('file:///nowhere/mixer-main.ts');
const CANVAS = { width: 320, height: 180, frameRate: { numerator: 30, denominator: 1 } };
const COMMAND: EncoderCommand = {
  executable: 'ffmpeg',
  args: [],
  tracks: [{ id: 'v', kind: 'video', bitrate: 1 }],
  offsetSeconds: 10,
};

/** A mixer process that lives in this one: whoever launches it gets its half of the socket to play with. */
type FakeMixer = {
  readonly env: Readonly<Record<string, string>>;
  readonly commands: MixerCommand[];
  /** Connects with a token, the right one by default, and says that it is ready. */
  readonly join: (token?: string) => Promise<{ readonly socket: Socket; readonly writer: LinkWriter }>;
  readonly exit: (code: number | null) => void;
  readonly kills: () => number;
};

type World = {
  readonly mixer: Mixer;
  readonly clock: ManualClock;
  readonly lives: FakeMixer[];
  readonly events: MixerEvent[];
  readonly data: MixerData[];
  readonly phases: MixerPhase[];
};

const open: World[] = [];
after(async () => {
  for (const world of open) {
    const closed = world.mixer[Symbol.asyncDispose]();
    for (const life of world.lives) {
      life.exit(0);
    }
    await closed;
  }
});

async function openWorld(onLaunch: (life: FakeMixer) => void = () => undefined): Promise<World> {
  const clock = manualClock();
  const lives: FakeMixer[] = [];
  const events: MixerEvent[] = [];
  const data: MixerData[] = [];
  const phases: MixerPhase[] = [];
  const mixer = await openMixer({
    entry: ENTRY,
    clock,
    logger: silentLogger,
    platform: process.platform,
    launch({ env }) {
      const { promise: exited, resolve } = Promise.withResolvers<{ code: number | null }>();
      const commands: MixerCommand[] = [];
      let kills = 0;
      const life: FakeMixer = {
        env,
        commands,
        kills: () => kills,
        exit: (code) => resolve({ code }),
        join: (token) => join(env, commands, token),
      };
      lives.push(life);
      onLaunch(life);
      // No process has this number: it is more than the kernel hands out.
      return Promise.resolve({ pid: 2 ** 22 + 1, exited, kill: () => void (kills += 1) });
    },
  });
  mixer.events.on((event) => void events.push(event));
  mixer.data.on((item) => void data.push(item));
  mixer.phaseChanged.on((phase) => void phases.push(phase));
  const world = { mixer, clock, lives, events, data, phases };
  open.push(world);
  return world;
}

async function join(
  env: Readonly<Record<string, string>>,
  commands: MixerCommand[],
  token = env['LECTERN_MIXER_TOKEN']!,
): Promise<{ readonly socket: Socket; readonly writer: LinkWriter }> {
  const socket = connect(env['LECTERN_MIXER_SOCKET']!);
  socket.on('error', () => undefined);
  const reader = createLinkReader();
  reader.trust();
  socket.on('data', (bytes: Buffer) =>
    reader.push(bytes, (frame) => {
      if (frame.kind === 'message') {
        // What the client sends is what it was given in this test.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
        commands.push(frame.value as MixerCommand);
      }
    }),
  );
  const writer = createLinkWriter(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  writer.hello(token);
  writer.message({ type: 'ready' });
  return { socket, writer };
}

/** Real sockets take real time; the clock of the client stands still meanwhile. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert(tries < 500, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a process that dies is followed by another that is told everything that holds', async () => {
  const { mixer, clock, lives, phases } = await openWorld();
  await until(() => lives.length === 1, 'first launch');
  await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');
  mixer.send({ type: 'configure', canvas: CANVAS, wallNowMs: 1 });
  mixer.send({ type: 'sources', sources: [] });
  mixer.send({ type: 'scene', scene: { kind: 'slate' } });
  mixer.send({ type: 'audio', id: 'mic', gainDb: -3, muted: true });
  mixer.send({ type: 'preview', on: true, width: 320, frameRate: 15 });
  mixer.send({ type: 'start-encoder', encoding: 'live', command: COMMAND });
  await until(() => lives[0]!.commands.length === 6, 'commands');

  lives[0]!.exit(null);
  await until(() => mixer.phase() === 'restarting', 'restarting');
  await clock.advanceAsync(70);
  await until(() => lives.length === 2, 'second launch');
  await lives[1]!.join();
  await until(() => lives[1]!.commands.length === 6, 'the same again');

  assert.deepEqual(lives[1]!.commands, [
    { type: 'configure', canvas: CANVAS, wallNowMs: clock.wallMs() },
    { type: 'audio', id: 'mic', gainDb: -3, muted: true },
    { type: 'sources', sources: [] },
    { type: 'scene', scene: { kind: 'slate' } },
    { type: 'preview', on: true, width: 320, frameRate: 15 },
    { type: 'start-encoder', encoding: 'live', command: COMMAND },
  ]);
  assert.deepEqual(phases, ['running', 'restarting', 'running']);
  assert.equal(mixer.restarts(), 1);
});

test('a new process gets a new token, and the old one opens nothing', async () => {
  const { clock, lives } = await openWorld();
  await until(() => lives.length === 1, 'first launch');
  lives[0]!.exit(1);
  await until(() => clock.pending() > 0, 'the wait');
  await clock.advanceAsync(10);
  await until(() => lives.length === 2, 'second launch');

  const stranger = await lives[1]!.join(lives[0]!.env['LECTERN_MIXER_TOKEN']);
  await until(() => stranger.socket.destroyed, 'cut off');

  assert.notEqual(lives[0]!.env['LECTERN_MIXER_TOKEN'], lives[1]!.env['LECTERN_MIXER_TOKEN']);
  assert.deepEqual(lives[1]!.commands, []);
});

test('a stranger who connects first does not keep the mixer out', async () => {
  const { mixer, lives } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  const stranger = await lives[0]!.join('wrong');
  const silent = connect(lives[0]!.env['LECTERN_MIXER_SOCKET']!);
  silent.on('error', () => undefined);
  await until(() => stranger.socket.destroyed, 'cut off');

  await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');

  silent.destroy();
});

test('only this user can reach the socket', {
  skip: process.platform === 'win32' && 'named pipes have no folder',
}, async () => {
  const { lives } = await openWorld();
  await until(() => lives.length === 1, 'launch');

  const folder = await stat(dirname(lives[0]!.env['LECTERN_MIXER_SOCKET']!));

  assert.equal(folder.mode & 0o777, 0o700);
});

test('garbage on the socket ends the process that sent it', async () => {
  const { lives, mixer } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  const { socket } = await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');

  socket.write(Buffer.alloc(100, 0xff));

  await until(() => lives[0]!.kills() > 0, 'kill');
});

test('a process that does not get ready is killed', async () => {
  const { clock, lives } = await openWorld();
  await until(() => lives.length === 1, 'launch');

  await clock.advanceAsync(14_000);
  assert.equal(lives[0]!.kills(), 0);
  await clock.advanceAsync(3000);

  assert(lives[0]!.kills() > 0);
});

test('a process that falls silent is killed, but not one that has nothing to say yet', async () => {
  const { clock, lives, mixer } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  const { writer } = await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');
  await clock.advanceAsync(20_000);
  assert.equal(lives[0]!.kills(), 0, 'without a canvas it has no clock');

  mixer.send({ type: 'configure', canvas: CANVAS, wallNowMs: 1 });
  await clock.advanceAsync(4000);
  writer.message({ type: 'clock', lateMsP95: 1, lateMsMax: 2 });
  await until(() => lives[0]!.commands.length === 1, 'configured');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await clock.advanceAsync(4000);
  assert.equal(lives[0]!.kills(), 0);
  await clock.advanceAsync(3000);

  assert(lives[0]!.kills() > 0);
});

test('an encoding that was being stopped when the process died is told to have ended', async () => {
  const { clock, lives, mixer, events } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');
  mixer.send({ type: 'start-encoder', encoding: 'live', command: COMMAND });
  mixer.send({ type: 'stop-encoder', encoding: 'live' });
  await until(() => lives[0]!.commands.length === 2, 'commands');

  lives[0]!.exit(null);
  await until(() => events.some((event) => event.type === 'encoder-ended'), 'ended');
  await until(() => clock.pending() > 0, 'the wait');
  await clock.advanceAsync(10);
  await until(() => lives.length === 2, 'second launch');
  await lives[1]!.join();
  await until(() => mixer.phase() === 'running', 'running again');

  const ended = events.find((event) => event.type === 'encoder-ended');
  assert.equal(ended?.type === 'encoder-ended' && ended.fault?.code, 'capture/mixer-down');
  assert.deepEqual(
    lives[1]!.commands.filter(({ type }) => type === 'start-encoder'),
    [],
  );
});

test('an encoding that is stopped while no process runs ends all the same', async () => {
  const { mixer, events, lives } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  mixer.send({ type: 'start-encoder', encoding: 'live', command: COMMAND });

  mixer.send({ type: 'stop-encoder', encoding: 'live' });
  assert.deepEqual(events, [], 'not inside of the call');
  await until(() => events.length === 1, 'ended');

  await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');
  assert.deepEqual(lives[0]!.commands, []);
});

test('an encoding that ended by itself is not started again by a restart', async () => {
  const { clock, lives, mixer, events } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  const { writer } = await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');
  mixer.send({ type: 'start-encoder', encoding: 'live', command: COMMAND });
  writer.message({ type: 'encoder-ended', encoding: 'live', fault: { code: 'process/not-found', message: '' } });
  await until(() => events.some(({ type }) => type === 'encoder-ended'), 'ended');

  lives[0]!.exit(1);
  await until(() => mixer.phase() === 'restarting', 'restarting');
  await clock.advanceAsync(10);
  await until(() => lives.length === 2, 'second launch');
  await lives[1]!.join();
  await until(() => mixer.phase() === 'running', 'running again');
  await new Promise((resolve) => setTimeout(resolve, 20));

  assert.deepEqual(lives[1]!.commands, []);
});

test('runs keep counting over restarts, in events and in data', async () => {
  const { clock, lives, mixer, events, data } = await openWorld();
  const run = { type: 'encoder-run', encoding: 'live', videoStart: '0', audioStart: '0', lostFrames: 0 };
  await until(() => lives.length === 1, 'launch');
  const first = await lives[0]!.join();
  first.writer.message({ ...run, run: 1 });
  first.writer.message({ ...run, run: 2 });
  first.writer.encoded(2, 0, Buffer.from('a'));
  await until(() => data.length === 1, 'data');

  lives[0]!.exit(1);
  await until(() => mixer.phase() === 'restarting', 'restarting');
  await clock.advanceAsync(10);
  await until(() => lives.length === 2, 'second launch');
  const second = await lives[1]!.join();
  second.writer.message({ ...run, run: 1 });
  second.writer.encoded(1, 0, Buffer.from('b'));
  await until(() => data.length === 2, 'data');

  assert.deepEqual(
    events.flatMap((event) => (event.type === 'encoder-run' ? [event.run] : [])),
    [1, 2, 3],
  );
  assert.deepEqual(
    data.flatMap((item) => (item.type === 'encoded' ? [item.run] : [])),
    [2, 3],
  );
});

test('a process that keeps dying is started again, further and further apart', async () => {
  const world = await openWorld((life) => life.exit(1));
  const starts: number[] = [];
  let known = 0;

  for (let ms = 0; ms < 20_000; ms += 50) {
    await world.clock.advanceAsync(50);
    for (; known < world.lives.length; known += 1) {
      starts.push(world.clock.monotonicMs());
    }
  }

  const waits = starts.slice(1).map((start, index) => Math.round((start - starts[index]!) / 500) / 2);
  assert.deepEqual(waits.slice(0, 6), [0, 0.5, 1, 2, 4, 4]);
});

test('a listener that throws does not stop the others, nor the socket', async () => {
  const { lives, mixer, events } = await openWorld();
  mixer.events.on(() => {
    throw new Error('a listener failed');
  });
  await until(() => lives.length === 1, 'launch');
  const { writer } = await lives[0]!.join();

  writer.message({ type: 'clock', lateMsP95: 1, lateMsMax: 2 });
  writer.message({ type: 'clock', lateMsP95: 3, lateMsMax: 4 });

  await until(() => events.filter(({ type }) => type === 'clock').length === 2, 'both');
});

test('closing asks the process to end in order and waits for it', async () => {
  const { lives, mixer } = await openWorld();
  await until(() => lives.length === 1, 'launch');
  await lives[0]!.join();
  await until(() => mixer.phase() === 'running', 'running');
  let isClosed = false;

  const closed = (async () => {
    await Promise.all([mixer[Symbol.asyncDispose](), mixer[Symbol.asyncDispose]()]);
    isClosed = true;
  })();
  await until(() => lives[0]!.commands.some(({ type }) => type === 'shutdown'), 'shutdown');
  assert(!isClosed);
  lives[0]!.exit(0);
  await closed;

  assert.equal(lives.length, 1);
  assert.equal(lives[0]!.kills(), 0);
  await assert.rejects(stat(lives[0]!.env['LECTERN_MIXER_SOCKET']!));
});

test('closing before there is a connection ends the process', async () => {
  const { lives, mixer } = await openWorld();
  await until(() => lives.length === 1, 'launch');

  const closed = mixer[Symbol.asyncDispose]();
  await until(() => lives[0]!.kills() > 0, 'kill');
  lives[0]!.exit(0);

  await closed;
});
