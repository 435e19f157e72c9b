import type { ElectronApi } from './electron-api.ts';
import type { ServiceHost } from './service-host.ts';
import type { OnAirStatus } from './service-messages.ts';

/** Whether viewers, or the presenter in a rehearsal, see what the screen shows. */
export function isCapturing({ phase }: OnAirStatus): boolean {
  return phase !== 'off-air';
}

/** Whether something is broadcast that an end would cut off. */
export function isOnAir({ phase }: OnAirStatus): boolean {
  return phase !== 'off-air' && phase !== 'rehearsing';
}

/**
 * Keeps the computer and its display awake while they are being captured, because a display that sleeps is black for viewers too, and tells
 * the service when it has slept all the same.
 */
export function watchPower(
  electron: Pick<ElectronApi, 'powerMonitor' | 'powerSaveBlocker'>,
  host: Pick<ServiceHost, 'onAirChanged' | 'wokeUp'>,
): Disposable {
  let blocker: number | undefined;

  const listening = host.onAirChanged.on((status) => {
    if (isCapturing(status)) {
      blocker ??= electron.powerSaveBlocker.start('prevent-display-sleep');
    } else {
      release();
    }
  });
  function release(): void {
    if (blocker !== undefined) {
      electron.powerSaveBlocker.stop(blocker);
      blocker = undefined;
    }
  }
  // Going to sleep needs no word: the recording is whole at every moment, and the gap is found by its times.
  electron.powerMonitor.on('resume', () => host.wokeUp());

  return {
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      release();
    },
  };
}
