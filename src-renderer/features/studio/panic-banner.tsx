import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PanicRemains, PanicState } from '../../../src-main/shared/api/panic.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Banner } from '../../ui/parts.tsx';

/** What panic has done, what it cannot do, and the way back. */
export function PanicBanner(): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const panic = useStudio((slice) => slice.studio?.panic);
  const isPending = useStudio(({ pending }) => pending.has('panic-back'));
  if (panic === undefined) {
    return undefined;
  }
  return (
    <Banner
      tone={panic.removal === 'incomplete' ? 'fault' : 'caution'}
      title={t('moments.panic.title')}
      role="alert"
      action={
        <Button
          tone="primary"
          size="large"
          icon="play"
          keyCap="⇧B"
          isPending={isPending}
          onPress={() => void studio.panicBack()}
        >
          {t('moments.panic.back')}
        </Button>
      }
    >
      <p>{t('moments.panic.covered')}</p>
      <Removal panic={panic} />
      {panic.remains.length > 0 && (
        <>
          <p>{t('moments.panic.remains')}</p>
          <ul className="points">
            {panic.remains.map((one) => (
              <li key={keyOf(one)}>{t(`moments.panic.remain.${one.kind}`, { ...one })}</li>
            ))}
          </ul>
        </>
      )}
    </Banner>
  );
}

function Removal({ panic: { removal, seconds, error } }: { readonly panic: PanicState }): ReactNode {
  const { t } = useTranslation();
  const cause = error === undefined ? '' : problemText(t, error).text;
  return <p>{t(`moments.panic.removal.${removal}`, { seconds, cause })}</p>;
}

function keyOf(one: PanicRemains): string {
  switch (one.kind) {
    case 'viewers':
      return one.kind;
    case 'file':
      return one.path;
    case 'destination':
    case 'storage':
      return `${one.kind} ${one.name}`;
  }
}
