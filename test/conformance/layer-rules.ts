import type { IRegularForbiddenRuleType } from 'dependency-cruiser';

/**
 * Who may import whom. The folder says which runtime a file may use and what it may know; each rule's comment says what to do
 * instead. `layers.test.ts` runs them.
 */
function forbid(
  name: string,
  comment: string,
  from: IRegularForbiddenRuleType['from'],
  to: IRegularForbiddenRuleType['to'],
): IRegularForbiddenRuleType {
  return { name, severity: 'error', comment, from, to };
}

const PURE = ['^src-main/shared/', '^src-main/base/', '^src-main/media/', '^src-main/manifest/'];

export const layerRules: readonly IRegularForbiddenRuleType[] = [
  forbid(
    'shared-is-a-leaf',
    'shared/ is what service and page agree on. It imports itself and the validator; move the rest to who needs it.',
    { path: '^src-main/shared/' },
    { pathNot: ['^src-main/shared/', '^node_modules/zod/'] },
  ),
  forbid(
    'base-is-domain-free',
    'base/ knows no domain: it imports only itself and error codes from shared/.',
    { path: '^src-main/base/' },
    { pathNot: ['^src-main/base/', '^src-main/shared/'] },
  ),
  forbid(
    'media-is-pure',
    'media/ turns bytes into bytes: no Node, no packages. Do the I/O in core/ and hand the bytes over.',
    { path: '^src-main/media/' },
    { pathNot: ['^src-main/media/', '^src-main/base/', '^src-main/shared/'] },
  ),
  forbid(
    'manifest-is-pure',
    'manifest/ turns models into text and back: no Node, no packages.',
    { path: '^src-main/manifest/' },
    { pathNot: PURE },
  ),
  forbid(
    'core-parts-meet-in-the-open',
    'A part of core/ knows its own folder and ports/. Parts meet in live/, studio/ and the files directly under core/.',
    { path: '^src-main/core/([^/]+)/', pathNot: ['^src-main/core/studio/', '^src-main/core/live/'] },
    { path: '^src-main/core/', pathNot: ['^src-main/core/$1/', '^src-main/core/ports/'] },
  ),
  forbid(
    'parts-do-not-see-their-composer',
    'service.ts and the other files directly under core/ compose the parts; nothing below imports them back.',
    { path: '^src-main/core/[^/]+/' },
    { path: '^src-main/core/[^/]+\\.ts$' },
  ),
  forbid(
    'live-meets-only-the-timeline-parts',
    'live/ may use the archive through ports only; it does not know who captures, packages or serves.',
    { path: '^src-main/core/live/' },
    { path: '^src-main/core/', pathNot: ['^src-main/core/live/', '^src-main/core/ports/'] },
  ),
  forbid(
    'core-runs-headless',
    'core/ knows neither host. Give it what it needs through core/ports/.',
    { path: '^src-main/core/' },
    { path: ['^src-main/(desktop|preload|headless|bootstrap)/', '^src-renderer/', '^node_modules/electron/'] },
  ),
  forbid(
    'electron-is-fenced',
    'electron only in desktop/ and preload/; the service is a plain Node program.',
    { pathNot: ['^src-main/desktop/', '^src-main/preload/', '^test/'] },
    { path: '^node_modules/electron/' },
  ),
  forbid(
    'ffmpeg-static-is-fenced',
    'Only core/process/ decides which ffmpeg is used.',
    { pathNot: ['^src-main/core/process/', '^test/'] },
    { path: 'ffmpeg-static' },
  ),
  forbid(
    'node-media-server-is-fenced',
    'node-media-server only behind the guard in core/ingest/rtmp/.',
    { pathNot: ['^src-main/core/ingest/rtmp/', '^test/'] },
    { path: '^node_modules/node-media-server/' },
  ),
  forbid(
    'only-process-spawns',
    'Child processes only in core/process/: one supervisor, one owner per child.',
    { path: '^src-main/', pathNot: ['^src-main/core/process/', '^src-main/bootstrap/'] },
    { path: '^(node:)?child_process$' },
  ),
  forbid(
    'preload-is-a-bridge',
    'The preload is bundled into one file: it may import electron and shared/ only.',
    { path: '^src-main/preload/' },
    { pathNot: ['^src-main/preload/', '^src-main/shared/', '^node_modules/electron/'] },
  ),
  forbid(
    'renderer-sees-only-shared',
    'The page and the service agree on src-main/shared/ and nothing else.',
    { path: '^src-renderer/' },
    { path: '^src-main/', pathNot: ['^src-main/shared/'] },
  ),
  forbid(
    'renderer-is-a-web-page',
    'The page has no Node built-ins.',
    { path: '^src-renderer/', pathNot: ['^src-renderer/vite\\.config\\.ts$'] },
    { dependencyTypes: ['core'] },
  ),
  forbid(
    'page-packages-stay-in-the-page',
    'react, zustand, video.js and hls.js only in the renderer.',
    { path: '^src-main/' },
    { path: '^node_modules/(react|react-dom|zustand|video\\.js|hls\\.js)/' },
  ),
  forbid(
    'video-js-lives-in-player',
    'The <video> element, video.js and hls.js live in player/ only.',
    { path: '^src-renderer/', pathNot: ['^src-renderer/player/'] },
    { path: '^node_modules/(video|hls)\\.js/' },
  ),
  forbid(
    'features-are-strangers',
    'A feature does not import another; share through ui/, stores/ or player/.',
    { path: '^src-renderer/features/([^/]+)/' },
    { path: '^src-renderer/features/', pathNot: ['^src-renderer/features/$1/'] },
  ),
  forbid(
    'ui-is-dumb',
    'ui/ draws what it is given: no stores, no api.',
    { path: '^src-renderer/ui/' },
    { path: ['^src-renderer/(stores|api|features|app)/'] },
  ),
  forbid(
    'stores-are-below-screens',
    'A store knows the api, never a component.',
    { path: '^src-renderer/(stores|api)/' },
    { path: '^src-renderer/(features|app|ui|player)/' },
  ),
  forbid('nothing-imports-tests', 'Sources do not import tests.', { path: '^src-' }, { path: '^test/' }),
  forbid('no-cycles', 'Two files that need each other are one file, or need a third.', {}, { circular: true }),
  forbid('resolvable', 'Every import must lead somewhere.', {}, { couldNotResolve: true }),
];
