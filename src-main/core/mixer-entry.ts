/** The program of the mixer process: `.ts` from a checkout, `.js` when built. */
export const MIXER_ENTRY = new URL(
  `./mixer-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);
