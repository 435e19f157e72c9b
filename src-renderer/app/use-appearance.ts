import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { chooseLanguage, switchLanguage } from '../i18n/setup.ts';
import { useStores } from '../stores/context.ts';

/** Language and theme as the settings say. */
export function useAppearance(): void {
  const { i18n } = useTranslation();
  const { settings } = useStores();
  const language = useStore(settings, (slice) => slice.settings?.language);
  const theme = useStore(settings, (slice) => slice.settings?.theme ?? 'dark');

  useEffect(() => {
    if (language !== undefined) {
      void switchLanguage(i18n, chooseLanguage(language, navigator.languages));
    }
  }, [i18n, language]);

  useEffect(() => {
    const light = matchMedia('(prefers-color-scheme: light)');
    const apply = (): void => {
      const isLight = theme === 'light' || (theme === 'system' && light.matches);
      document.documentElement.dataset['theme'] = isLight ? 'light' : 'dark';
    };
    apply();
    light.addEventListener('change', apply);
    return () => light.removeEventListener('change', apply);
  }, [theme]);
}
