import type { TFunction } from 'i18next';
import type { SourceStatus } from '../../src-main/shared/api/studio.ts';

/** The service's own names for what is no device, which it writes in English. */
const OWN_NAMES = {
  test: 'Test picture',
  screen: 'Whole desktop',
  'system-audio': 'Computer sound',
} as const;

/** What a source is called: devices and files by their own names, what Lectern made up in the language of the page. */
export function sourceLabel(t: TFunction, { spec, label }: Pick<SourceStatus, 'spec' | 'label'>): string {
  switch (spec.kind) {
    case 'test':
    case 'system-audio':
      return label.replace(OWN_NAMES[spec.kind], t(`sources.kind.${spec.kind}.label`));
    case 'browser':
      return spec.name ?? t('sources.kind.browser.label');
    case 'screen': {
      const { region } = spec;
      const whole = label.replace(OWN_NAMES.screen, t('sources.wholeDesktop'));
      return region === undefined
        ? whole
        : whole.replace(/, \d+ × \d+ of it$/, `, ${region.width} × ${region.height}`);
    }
    default:
      return label;
  }
}
