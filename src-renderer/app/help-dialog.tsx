import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog.tsx';
import { Markdown } from '../ui/markdown-view.tsx';
import { Waiting } from '../ui/spinner.tsx';
import type { Place } from './routes.ts';

const TEXTS = import.meta.glob<string>('../../resources/help/*/*.md', { query: '?raw', import: 'default' });
const IMAGES = import.meta.glob<string>('../../resources/help/images/*', {
  query: '?url',
  import: 'default',
  eager: true,
});

const PAGES = [
  'start',
  'studio',
  'sound',
  'destinations',
  'archive',
  'service',
  'who-may-watch',
  'settings',
  'trouble',
] as const;
type Page = (typeof PAGES)[number];

const FIRST: Readonly<Record<Place, Page>> = {
  studio: 'start',
  archive: 'archive',
  service: 'service',
  settings: 'settings',
};

/** The help, opened at what belongs to the place one is in. */
export function HelpDialog(props: { readonly place: Place; readonly onClose: () => void }): ReactNode {
  const { t, i18n } = useTranslation();
  const [page, setPage] = useState<Page>(FIRST[props.place]);
  const path = `../../resources/help/${i18n.language}/${page}.md`;
  const source = useText(path);
  return (
    <Dialog title={t('help.title')} isOpen onClose={props.onClose} closeLabel={t('common.close')} width="large">
      <div className="help">
        <nav className="help__pages" aria-label={t('help.pages')}>
          {PAGES.map((name) => (
            <button
              key={name}
              type="button"
              className="help__page"
              aria-current={name === page ? 'page' : undefined}
              onClick={() => setPage(name)}
            >
              {t(`help.page.${name}`)}
            </button>
          ))}
        </nav>
        <div className="help__text">
          {source === undefined ? (
            <Waiting>{t('common.loading')}</Waiting>
          ) : (
            <Markdown
              source={source}
              imageUrl={(src) => IMAGES[`../../resources/help/${src.replace(/^(?:\.\.\/)+/, '')}`]}
              onPage={(name) => {
                const known = PAGES.find((candidate) => candidate === name);
                if (known !== undefined) {
                  setPage(known);
                }
              }}
            />
          )}
        </div>
      </div>
    </Dialog>
  );
}

function useText(path: string): string | undefined {
  const [loaded, setLoaded] = useState<{ readonly path: string; readonly text: string }>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      const text = (await TEXTS[path]?.()) ?? '';
      if (!gone.signal.aborted) {
        setLoaded({ path, text });
      }
    })();
    return () => gone.abort();
  }, [path]);
  return loaded?.path === path ? loaded.text : undefined;
}
