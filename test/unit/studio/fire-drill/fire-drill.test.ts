import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import type { MixerCommand } from '../../../../src-main/core/ports/mixer.ts';
import { createArrivals } from '../../../../src-main/core/studio/fire-drill/arrivals.ts';
import { createDiskDrill } from '../../../../src-main/core/studio/fire-drill/disk-drill.ts';
import { createFireDrills } from '../../../../src-main/core/studio/fire-drill/fire-drill.ts';
import type { Rehearsal } from '../../../../src-main/core/studio/rehearsal.ts';
import type { FireDrill } from '../../../../src-main/shared/api/fire-drill.ts';
import type { StudioState } from '../../../../src-main/shared/api/studio.ts';
import { fakePresentation } from '../../../support/fake-presentation.ts';
import { emptyWorld } from '../../../support/fake-service/scenarios.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const CAMERA: StudioState['sources'][number] = {
  spec: { id: 'cam', kind: 'camera', device: '/dev/video0' },
  label: 'Camera',
  hasVideo: true,
  hasAudio: false,
  state: 'live',
  restarts: 0,
};

const ENCODER: NonNullable<StudioState['encoder']> = {
  encoder: 'libx264',
  preset: 'superfast',
  frameRate: 30,
  layers: [],
  audioBitrate: 128_000,
  speed: 1,
  backlogFrames: 0,
  restarts: 0,
};

/** A rehearsal whose chunks come when the clock says so. */
function rig() {
  const clock = manualClock();
  const media = fakePresentation();
  const commands: MixerCommand[] = [];
  const told: FireDrill[] = [];
  const disk = createDiskDrill(clock);
  let studio: StudioState = { ...emptyWorld('http://origin').studio, sources: [CAMERA], encoder: ENCODER };
  let rehearsal: Rehearsal | undefined = {
    kind: 'rehearsal',
    liveEvent: 'rehearsal-1',
    urls: { hls: '', dash: '', watch: '' },
    startedAt: '2030-01-01T00:00:00.000Z',
    presentation: media.presentation,
    record: false,
  };
  const service = createArrivals(clock);
  const viewer = createArrivals(clock);
  const outside: string[] = [];
  let isConnected = true;
  let isCut = false;
  let failsToSend = false;
  let chunks = 0;
  let flows = true;
  function flow(): void {
    clock.after(200, () => {
      if (flows) {
        const fromSeconds = media.edgeMs() / 1000;
        media.chunk();
        if (isConnected && !isCut && outside.at(-1) !== 'closed') {
          service.add(fromSeconds, fromSeconds + 0.2);
          viewer.add(Math.min(viewer.untilSeconds(), fromSeconds), fromSeconds + 0.2);
        }
        chunks += 1;
        if (chunks % 10 === 0) {
          media.cut();
        }
      }
      flow();
    });
  }
  media.segments(2);
  flow();
  const drills = createFireDrills({
    clock,
    logger: silentLogger,
    disk,
    rehearsal: () => rehearsal,
    state: () => studio,
    onAir: () => new Set(['cam']),
    openOutside: () => {
      outside.push('open');
      return Promise.resolve({
        service,
        viewer,
        cut() {
          outside.push('cut');
          isCut = true;
        },
        mend() {
          outside.push('mended');
          isCut = false;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(void outside.push('closed')),
      });
    },
    send(command) {
      commands.push(command);
      return failsToSend ? Promise.reject(new Error('the mixer is gone')) : Promise.resolve();
    },
    onChange: (drill) => told.push(drill),
  });
  return {
    clock,
    drills,
    commands,
    told,
    disk,
    end: () => void (rehearsal = undefined),
    camera: (state: 'live' | 'held' | 'lost') => void (studio = { ...studio, sources: [{ ...CAMERA, state }] }),
    restarted: () => void (studio = { ...studio, encoder: { ...ENCODER, restarts: 1 } }),
    flows: (now: boolean) => void (flows = now),
    gap: (seconds: number) => media.cut(seconds),
    outside,
    connect: (now: boolean) => void (isConnected = now),
    breakMixer: () => void (failsToSend = true),
  };
}

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? -1) - expected) < 0.35, `${String(actual)} is not near ${expected}`);

test('without a rehearsal nothing is made to go wrong', async () => {
  const { drills, end, commands } = rig();
  end();

  await assert.rejects(drills.start({ fault: 'camera' }), { code: 'live/not-rehearsing' });

  assert.deepEqual(commands, []);
  assert.equal(drills.newest(), undefined);
});

test('a camera freezes, is replaced by the slate, and comes back by itself', async () => {
  const { drills, clock, camera, commands, told } = rig();

  await drills.start({ fault: 'camera', seconds: 6 });
  await clock.advanceAsync(600);
  camera('held');
  await clock.advanceAsync(400);
  camera('lost');
  await clock.advanceAsync(5100);
  assert.equal(drills.newest()?.state, 'recovering');
  camera('live');
  await clock.advanceAsync(300);

  const { state, report, subject, detail } = drills.newest() ?? {};
  assert.deepEqual([state, subject], ['done', 'cam']);
  near(report?.stillSeconds, 1);
  near(report?.slateSeconds, 5);
  assert.equal(report?.recovered, true);
  assert.match(detail ?? '', /stand still for 1\.\d s, then the slate for 5\.\d s; the sound went on/);
  assert.deepEqual(commands[0], { type: 'drill', fault: { kind: 'freeze', source: 'cam' } });
  assert.deepEqual(commands.at(-1), { type: 'drill', fault: { kind: 'none' } });
  assert.deepEqual(
    told.map((drill) => drill.state),
    ['broken', 'recovering', 'done'],
  );
});

test('a killed encoder is waited for, and what is missing is measured on the timeline', async () => {
  const { drills, clock, flows, gap, restarted } = rig();
  await clock.advanceAsync(1000);

  await drills.start({ fault: 'encoder' });
  flows(false);
  await clock.advanceAsync(4000);
  gap(0.5);
  restarted();
  await clock.advanceAsync(150);
  flows(true);
  await clock.advanceAsync(800);

  const report = drills.newest()?.report;
  assert.equal(drills.newest()?.state, 'done');
  assert.equal(report?.recovered, true);
  near(report.lostSeconds, 0.5);
  near(report.stillSeconds, 1.3);
  near(report.recoverySeconds, 4.2);
});

test('a full disk is full for the rehearsal only, and only while it lasts', async () => {
  const { drills, clock, disk } = rig();
  assert.equal(disk.mayRecord('rehearsal-1'), true);

  await drills.start({ fault: 'disk', seconds: 4 });
  await clock.advanceAsync(1000);
  const during = [disk.mayRecord('rehearsal-1'), disk.mayRecord('conference')];
  await clock.advanceAsync(3200);
  assert.equal(drills.newest()?.state, 'recovering');
  const after = disk.mayRecord('rehearsal-1');
  await clock.advanceAsync(200);

  assert.deepEqual([...during, after], [false, true, true]);
  const report = drills.newest()?.report;
  near(report?.unrecordedSeconds, 3.2);
  assert.equal(report?.stillSeconds, 0);
  assert.match(drills.newest()?.detail ?? '', /^Viewers would have seen nothing of it\./);
});

test('a cable that is out: what came to a service and to a viewer is what is told, and the recording went on', async () => {
  const { drills, clock, outside, told } = rig();

  await drills.start({ fault: 'cable', seconds: 6 });
  await clock.advanceAsync(1000);
  assert.deepEqual(outside, ['open', 'cut']);
  await clock.advanceAsync(6000);

  const { report, detail } = drills.newest() ?? {};
  assert.equal(report?.recovered, true);
  near(report.stillSeconds, 3.1);
  near(report.lostSeconds, 6);
  assert.equal(report.unrecordedSeconds, 0);
  assert.ok(report.recoverySeconds <= 0.3, String(report.recoverySeconds));
  assert.match(detail ?? '', /^Your recording went on without a hole; viewers elsewhere would have seen/);
  assert.deepEqual(
    told.map((drill) => drill.state),
    ['preparing', 'broken', 'recovering', 'done'],
  );
  assert.deepEqual([outside[2], outside.at(-1)], ['mended', 'closed']);
});

test('the cable is out for as long as was asked for, from when it is really out', async () => {
  const { drills, clock, connect, told, outside } = rig();
  connect(false);

  await drills.start({ fault: 'cable', seconds: 4 });
  await clock.advanceAsync(5000);
  assert.deepEqual([drills.newest()?.state, outside], ['preparing', ['open']]);
  connect(true);
  await clock.advanceAsync(500);

  const broken = told.find(({ state }) => state === 'broken');
  near((Date.parse(broken?.until ?? '') - clock.wallMs()) / 1000, 3.8);
  await drills.stop();
});

test('a recording that did not go on while the cable was out is said not to have', async () => {
  const { drills, clock, gap } = rig();

  await drills.start({ fault: 'cable', seconds: 4 });
  await clock.advanceAsync(2000);
  gap(1.5);
  await clock.advanceAsync(4000);

  near(drills.newest()?.report?.unrecordedSeconds, 1.5);
  assert.match(drills.newest()?.detail ?? '', /^Your recording misses 1\.5 s;/);
});

test('a service or a viewer that gets nothing to begin with is told, and nothing is cut', async () => {
  const { drills, clock, connect, outside } = rig();
  connect(false);

  await drills.start({ fault: 'cable' });
  await clock.advanceAsync(31_000);

  assert.equal(drills.newest()?.state, 'stopped');
  assert.match(drills.newest()?.detail ?? '', /could not be carried out/);
  assert.equal(outside.includes('cut'), false);
  assert.equal(outside.at(-1), 'closed');
});

test('who has enough before the cable is out has it never out', async () => {
  const { drills, clock, connect, outside } = rig();
  connect(false);
  await drills.start({ fault: 'cable' });
  await clock.advanceAsync(300);

  const answer = await drills.stop();

  assert.deepEqual([answer?.state, answer?.detail], ['stopped', '']);
  assert.equal(outside.includes('cut'), false);
  assert.equal(outside.at(-1), 'closed');
});

test('a fault that does not go away is said not to have', async () => {
  const { drills, clock, camera } = rig();

  await drills.start({ fault: 'camera', seconds: 2 });
  camera('lost');
  await clock.advanceAsync(20_000);

  assert.equal(drills.newest()?.report?.recovered, false);
  assert.match(drills.newest()?.detail ?? '', /not as before/);
});

test('whoever has enough undoes it at once, and so does the end of the rehearsal', async () => {
  const stopped = rig();
  await stopped.drills.start({ fault: 'disk' });
  await stopped.clock.advanceAsync(500);
  const ended = rig();
  await ended.drills.start({ fault: 'camera' });
  await ended.clock.advanceAsync(500);

  const answer = await stopped.drills.stop();
  ended.end();
  await ended.clock.advanceAsync(200);

  assert.equal(answer?.state, 'stopped');
  assert.equal(stopped.disk.mayRecord('rehearsal-1'), true);
  assert.equal(ended.drills.newest()?.state, 'stopped');
  assert.deepEqual(ended.commands.at(-1), { type: 'drill', fault: { kind: 'none' } });
});

test('one at a time; and one that cannot even begin leaves the way free for the next', async () => {
  const { drills, clock, breakMixer } = rig();
  await drills.start({ fault: 'disk', seconds: 2 });
  await assert.rejects(drills.start({ fault: 'cable' }), { code: 'resource/busy' });
  await drills.stop();

  breakMixer();
  await drills.start({ fault: 'camera' });
  await clock.advanceAsync(100);
  assert.equal(drills.newest()?.state, 'stopped');
  const next = await drills.start({ fault: 'disk' });

  assert.equal(next.state, 'broken');
});
