import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';

export const CHROMIUM = '/usr/bin/chromium';
/** For `skip` of tests that need it: the reason, or false. */
export const noChromium = existsSync(CHROMIUM) ? false : 'there is no Chromium here';

/** Debian's Chromium: headless, or on a display, where its windows can be captured. */
export async function launchChromium(
  options: { readonly display?: string; readonly args?: readonly string[] } = {},
): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM,
    headless: options.display === undefined,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
      '--mute-audio',
      ...(options.args ?? []),
    ],
    ...(options.display === undefined ? {} : { env: { ...process.env, DISPLAY: options.display } }),
  });
}
