import { createStoryboard, type Storyboard } from './storyboard.ts';

/** The pictures at an address, by the means of a page. What cannot be had is as if it were not there. */
export function openStoryboard(url: string): Storyboard {
  return createStoryboard(url, { fetchText, loadImage, nowMs: () => performance.now() });
}

async function fetchText(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { credentials: 'omit' });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

async function loadImage(url: string): Promise<{ readonly width: number; readonly height: number } | undefined> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return undefined;
  }
}
