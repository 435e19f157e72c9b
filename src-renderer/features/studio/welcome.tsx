import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';

/** The first sight of the studio. Nothing is captured before the person chooses; the test picture shows nothing of theirs. */
export function Welcome(props: { readonly onChoose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const isAdding = useStudio(({ pending }) => pending.has('sources'));
  return (
    <section className="welcome" aria-labelledby="welcome-title">
      <div className="welcome__art" aria-hidden="true">
        <Icon name="screen" size={30} />
        <Icon name="camera" size={30} />
        <Icon name="mic" size={30} />
      </div>
      <h2 id="welcome-title" className="welcome__title">
        {t('studio.welcome.title')}
      </h2>
      <p className="welcome__text">{t('studio.welcome.text')}</p>
      <div className="welcome__actions">
        <Button tone="primary" size="large" icon="plus" onPress={props.onChoose}>
          {t('studio.welcome.choose')}
        </Button>
        <Button
          size="large"
          icon="test"
          isPending={isAdding}
          onPress={() => void studio.addSource({ id: 'test', kind: 'test' })}
        >
          {t('studio.welcome.test')}
        </Button>
      </div>
      <p className="welcome__safe">{t('studio.welcome.safe')}</p>
    </section>
  );
}
