import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The component library brings its own words in 30 languages; the page speaks two. */
function onlyOurLanguages(): Plugin {
  const foreign = /[\\/]intl[\\/].*[\\/](?!en-US|de-DE)[a-z]{2}-[A-Z]{2}\.(?:m|c)?js$/;
  return {
    name: 'only-our-languages',
    enforce: 'pre',
    load(id) {
      return foreign.test(id.split('?')[0] ?? id) ? 'export default {};' : undefined;
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [onlyOurLanguages(), react()],
  server: { fs: { allow: [resolve(import.meta.dirname, '..')] } },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2024',
    // A data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
