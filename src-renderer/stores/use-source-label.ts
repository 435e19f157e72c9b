import { useTranslation } from 'react-i18next';
import { sourceLabel } from '../i18n/source-label.ts';
import { useStudio } from './context.ts';

/** Names sources and their sounds, which have the same ids, in the language of the page. */
export function useSourceLabel(): (id: string, fallback: string) => string {
  const { t } = useTranslation();
  const sources = useStudio(({ studio }) => studio?.sources);
  return (id, fallback) => {
    const source = sources?.find(({ spec }) => spec.id === id);
    return source === undefined ? fallback : sourceLabel(t, source);
  };
}
