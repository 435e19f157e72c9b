export type Level = { readonly peakDb: number; readonly rmsDb: number };

const FLOOR_DB = -60;
export const EMPTY_LEVEL: Level = { peakDb: FLOOR_DB, rmsDb: FLOOR_DB };

/** IEC 60268-18 lets a digital peak meter fall 20 dB in 1.7 s. */
const PEAK_FALL_DB_PER_MS = 20 / 1700;
/** Readings come ten times a second; between them the bar falls as if the sound had stopped, so that it moves evenly. */
const RMS_FALL_DB_PER_MS = 60 / 1000;

/** The level as it should be shown: up at once, down slowly. */
export function advance(before: Level, reading: Level | undefined, elapsedMs: number): Level {
  const target = reading ?? EMPTY_LEVEL;
  return {
    peakDb: Math.max(clamp(target.peakDb), before.peakDb - PEAK_FALL_DB_PER_MS * elapsedMs, FLOOR_DB),
    rmsDb: Math.max(clamp(target.rmsDb), before.rmsDb - RMS_FALL_DB_PER_MS * elapsedMs, FLOOR_DB),
  };
}

/** How far along the meter a level is, 0 to 1. The upper 20 dB, where speech is, get half of the length. */
export function levelFraction(db: number): number {
  const clamped = clamp(db);
  return clamped < -20 ? ((clamped - FLOOR_DB) / 40) * 0.5 : 0.5 + ((clamped + 20) / 20) * 0.5;
}

function clamp(db: number): number {
  return Math.min(0, Math.max(FLOOR_DB, db));
}
