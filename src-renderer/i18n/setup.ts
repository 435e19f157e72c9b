import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';

const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The page's language: what the settings say, else the first one the browser asks for that there is. */
export function chooseLanguage(setting: Language | 'auto', asked: readonly string[]): Language {
  if (setting !== 'auto') {
    return setting;
  }
  const codes = asked.map((tag) => tag.slice(0, 2).toLowerCase());
  for (const code of codes) {
    const known = LANGUAGES.find((language) => language === code);
    if (known !== undefined) {
      return known;
    }
  }
  return 'en';
}

export async function createI18n(language: Language): Promise<i18n> {
  const instance = createInstance();
  await instance.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await switchLanguage(instance, language);
  return instance;
}

/** Loads a language when it is first wanted; English is always there to fall back on. */
export async function switchLanguage(instance: i18n, language: Language): Promise<void> {
  if (language === 'de' && !instance.hasResourceBundle('de', 'translation')) {
    const { de } = await import('./de.ts');
    instance.addResourceBundle('de', 'translation', de);
  }
  await instance.changeLanguage(language);
  document.documentElement.lang = language;
}
