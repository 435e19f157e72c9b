import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin } from 'vite';

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

/**
 * A page into a folder of its own of what is built: `watch` for viewers, `remote` for helpers, `capture` for those who send. Apart from the studio: they come from other servers,
 * with nothing of the studio in them, and run on phones that are some years old.
 */
function withPage(name: 'watch' | 'remote' | 'capture'): Plugin {
  let outDir = '';
  return {
    name: `with-${name}-page`,
    apply: 'build',
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir, name);
    },
    async closeBundle() {
      await build({
        root: resolve(import.meta.dirname, name),
        base: './',
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        build: {
          outDir,
          emptyOutDir: true,
          target: 'es2022',
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
        },
      });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [onlyOurLanguages(), react(), withPage('watch'), withPage('remote'), withPage('capture')],
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
