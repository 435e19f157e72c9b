import type { PlayerName } from './player-pages.ts';

const REPRESENTATIONS = 'videojs.getAllPlayers()[0].tech(true).vhs.representations()';

/** What, run in its page, makes a player take no quality better than this, as a slow network would. */
export const LIMIT_QUALITY: Readonly<
  Record<PlayerName, (quality: { readonly height: number; readonly kbps: number }) => string>
> = {
  'hls.js': ({ height }) =>
    `player.autoLevelCapping = player.levels.findIndex((one) => one.height === ${height}); player.nextLevel = -1`,
  'video.js': ({ height }) => `${REPRESENTATIONS}.forEach((one) => one.enabled(one.height <= ${height}))`,
  shaka: ({ height }) =>
    `player.configure({ abr: { restrictions: { maxHeight: ${height} }, switchInterval: 1, defaultBandwidthEstimate: 1e7 } })`,
  'dash.js': ({ kbps }) =>
    `player.updateSettings({ streaming: { abr: { maxBitrate: { video: ${kbps + 50} } } } })`,
};
