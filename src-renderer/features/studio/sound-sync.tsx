import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { syncWords } from './source-model.ts';

/** How a source's sound lies beside the picture, where it has sound. */
export function SoundSync({ source }: { readonly source: SourceStatus }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (source.sync === undefined) {
    return null;
  }
  const { words, offsetMs, driftPpm } = syncWords(source.sync);
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${format.decimal(value, 0)}`.replace('-', '−');
  return (
    <span className="rows__detail">
      {t(`sources.sync.${words}`, {
        offset: words === 'together' ? signed(offsetMs) : format.decimal(Math.abs(offsetMs), 0),
        drift: signed(driftPpm),
      })}
    </span>
  );
}
