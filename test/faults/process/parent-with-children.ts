// A program with children, to be killed by a test. Says `up` when they are all there.
import { systemClock } from '../../../src-main/base/clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import { childSpec, fixture, lineOf, MARKED_ENVIRONMENT } from '../../integration/process/children.ts';

const processes = createProcesses({
  clock: systemClock(),
  random: () => 0.5,
  logger: silentLogger,
  platform: process.platform,
});

const stubborn = await processes.spawn(childSpec('ignores-sigterm'));
await lineOf(stubborn, /ready/);
const family = await processes.spawn(childSpec('forks-grandchild', ['stay']));
await lineOf(family, /ready/);
const idle = await processes.spawn(
  childSpec('idles', [], { stdin: 'pipe', stdout: 'pipe', pipes: ['from-child'] }),
);
await lineOf(idle, /ready/);
const gone = await processes.spawn(childSpec('exits', ['0']));
await gone.exited;
await processes.launchNode({ name: 'deaf', entry: fixture('node-entry-deaf'), env: MARKED_ENVIRONMENT });
const supervised = processes.supervise({
  spec: () => childSpec('idles'),
  onStart: () => undefined,
  policy: {
    delaysMs: [10],
    jitter: 0,
    healthyAfterMs: 1000,
    maxAttempts: Infinity,
    stallAfterMs: Infinity,
    startWithinMs: Infinity,
  },
});
supervised.changed.on((state) => {
  if (state.kind === 'running') {
    console.log(`up ${JSON.stringify(MARKED_ENVIRONMENT)}`);
  }
});
switch (process.argv[2]) {
  case 'throw':
    setTimeout(() => {
      throw new Error('a mistake');
    }, 300);
    break;
  case 'exit':
    setTimeout(() => process.exit(0), 300);
    break;
  default:
    setInterval(() => undefined, 1000);
}
