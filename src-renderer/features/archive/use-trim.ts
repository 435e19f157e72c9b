import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import { useStores } from '../../stores/context.ts';
import { type Range, type SnappedRange, snapped } from './trim.ts';
import { createTrim, type Trim } from './trim-store.ts';

/** The part of a recording that is chosen on its page, on its key frames and where it was asked for. */
export function useTrim(
  asset: Asset,
  playback: { readonly end: number; readonly startMs: number | undefined },
): { readonly trim: Trim; readonly range: SnappedRange; readonly wanted: Range } {
  const { assets } = useStores();
  const [trim] = useState(() => createTrim((time, count) => assets.keyFrames(asset.name, time, count)));
  const { wanted: chosen, known } = useStore(trim);
  const { end: span, startMs } = playback;
  const { gaps } = asset;

  useEffect(() => trim.see({ span, gaps, startMs }), [trim, span, gaps, startMs]);

  const wanted = useMemo(() => chosen ?? { start: 0, end: span }, [chosen, span]);
  const range = useMemo(() => snapped(wanted, { span, gaps }, known), [wanted, known, span, gaps]);
  return { trim, range, wanted };
}
