import type { Asset, ExportCreate } from '../../../src-main/shared/api/assets.ts';
import { Fault, type Handlers } from './handling.ts';
import type { World } from './scenarios.ts';

/** Key frames of recordings as an encoder of ours sets them; `world.keyFrames` has those of others. */
const USUAL_SECONDS = 2;

function keyFramesOf(world: World, { name, duration, gaps }: Asset): readonly number[] {
  const span = duration + gaps.reduce((sum, gap) => sum + gap.duration, 0);
  const usual = Array.from({ length: Math.ceil(span / USUAL_SECONDS) }, (_, index) => index * USUAL_SECONDS);
  return world.keyFrames.get(name) ?? usual;
}

/** What an export of a request holds. */
export function rangeOf(
  world: World,
  asset: Asset,
  { start = 0, end }: Pick<ExportCreate, 'start' | 'end'>,
): { readonly start: number; readonly end: number } {
  const times = keyFramesOf(world, asset);
  const span = asset.duration + asset.gaps.reduce((sum, gap) => sum + gap.duration, 0);
  return {
    start: times.findLast((time) => time <= Number(start)) ?? 0,
    end: times.find((time) => time >= Number(end ?? span)) ?? span,
  };
}

export function qualityOf(
  { tracks }: Asset,
  { format, quality }: Pick<ExportCreate, 'format' | 'quality'>,
): string {
  const track = tracks.find(({ kind }) => kind === (format === 'm4a' ? 'audio' : 'video'));
  return quality === 'top' ? String(Math.round((track?.bitrate ?? 0) / 1000)) : String(quality);
}

/** What is told of exports before they are made. */
export function exportHandlers({ world }: { readonly world: World }): Omit<Handlers, typeof Symbol.dispose> {
  function need(name: string): Asset {
    const asset = world.assets.get(name);
    if (asset === undefined) {
      throw new Fault('resource/not-found', `There is no asset ${name}.`);
    }
    return asset;
  }

  return {
    planExport({ params, body }) {
      const asset = need(params.name);
      const range = rangeOf(world, asset, body);
      const quality = qualityOf(asset, body);
      return { format: body.format, quality, ...range, size: Math.round((range.end - range.start) * 330_000) };
    },
    listKeyFrames({ params, query }) {
      const times = keyFramesOf(world, need(params.name));
      const behind = times.findIndex((time) => time > query.time);
      const from = Math.max(0, (behind < 0 ? times.length : behind) - query.count);
      const to = (behind < 0 ? times.length : behind) + query.count;
      return { quality: '2500', times: times.slice(from, to), isFirst: from === 0, isLast: to >= times.length };
    },
  };
}
