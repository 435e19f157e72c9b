import type { LiveEventState } from '../../../src-main/shared/api/live-events.ts';
import type { LiveEventStatus, StreamEvent } from '../../../src-main/shared/api/telemetry.ts';
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

export const HEALTH_TONES: Readonly<Record<NonNullable<LiveEventStatus['healthStatus']>, Tone>> = {
  Excellent: 'good',
  Good: 'neutral',
  Poor: 'fault',
};

export const LEVEL_TONES: Readonly<Record<StreamEvent['eventLevel'], Tone>> = {
  Critical: 'fault',
  Error: 'fault',
  Warning: 'caution',
  Information: 'neutral',
};
