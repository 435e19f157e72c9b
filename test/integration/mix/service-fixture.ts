import { systemClock } from '../../../src-main/base/clock.ts';
import { openMixer } from '../../../src-main/core/mix/mixer-client.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import { ladder } from './rig.ts';

// A service that does nothing but run a mixer with an encoder, to be killed from outside.
const clock = systemClock();
const processes = createProcesses({ clock, random: () => 0.5, logger: silentLogger, platform: process.platform });
const mixer = await openMixer({
  launch: processes.launchNode,
  entry: new URL('../../../src-main/core/mixer-main.ts', import.meta.url),
  clock,
  logger: silentLogger,
  platform: process.platform,
});
const canvas = { width: 640, height: 360, frameRate: { numerator: 30, denominator: 1 } };
mixer.send({ type: 'configure', canvas, wallNowMs: 0 });
mixer.send({
  type: 'start-encoder',
  encoding: 'live',
  command: ladder(canvas, [{ width: 640, height: 360, kbps: 400 }]),
});
