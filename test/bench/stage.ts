import { openProcesses } from '../support/real-ffmpeg.ts';
import { startPulseAudio } from '../support/sound-server.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';
import { startXvfb } from '../support/x-server.ts';

/** A display on which something moves, a sound server, and the service in front of both. */
export type Desk = AsyncDisposable & {
  readonly stage: Stage;
  readonly environment: Readonly<Record<string, string>>;
  readonly display: string;
};

export async function openDesk(): Promise<Desk> {
  await using opened = new AsyncDisposableStack();
  const processes = opened.use(openProcesses());
  const server = opened.use(await startXvfb(processes, { screen: '1280x720x24' }));
  const sound = opened.use(await startPulseAudio(processes));
  const environment = { DISPLAY: server.display, ...sound.environment };
  // Like slides with something moving on them: still areas, lines that run through, a field of noise.
  await processes.spawn({
    name: 'ffplay',
    executable: 'ffplay',
    args: [
      '-loglevel',
      'quiet',
      '-noborder',
      '-left',
      '0',
      '-top',
      '0',
      '-an',
      '-f',
      'lavfi',
      'testsrc2=size=1280x720:rate=15',
    ],
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    env: environment,
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  });
  const stage = opened.use(await openStage({ env: environment }));
  const owned = opened.move();
  return { stage, environment, display: server.display, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
