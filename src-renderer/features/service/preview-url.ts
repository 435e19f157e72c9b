import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';

/** Where this page plays the preview: HLS, asked for by its format where the address names none, because Smooth is the default (spec 2.5). */
export function previewUrlOf({ preview }: Pick<LiveEvent, 'preview'>): string | undefined {
  const urls = preview.endpoints.map(({ url }) => url);
  const plain = urls.find((url) => /\.ism\/manifest$/i.test(url));
  return (
    urls.find((url) => url.includes('format=m3u8-cmaf')) ??
    urls.find((url) => url.includes('format=m3u8')) ??
    (plain === undefined ? undefined : `${plain}(format=m3u8-cmaf)`)
  );
}
