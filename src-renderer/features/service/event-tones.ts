import type { LiveEventState } from '../../../src-main/shared/api/live-events.ts';
import type { Tone } from '../../ui/parts.tsx';

export const EVENT_TONES: Readonly<Record<LiveEventState, Tone>> = {
  Stopped: 'neutral',
  Allocating: 'neutral',
  StandBy: 'neutral',
  Starting: 'neutral',
  Running: 'good',
  Stopping: 'neutral',
  Deleting: 'neutral',
};
