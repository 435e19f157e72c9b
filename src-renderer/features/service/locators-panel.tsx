import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LocatorPaths, StreamingLocator } from '../../../src-main/shared/api/publishing.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';

export function LocatorsPanel(): ReactNode {
  const { t } = useTranslation();
  const { locators } = useStores();
  const { items } = useMirror(locators);
  const [leaving, setLeaving] = useState<string>();
  return (
    <section className="card" aria-labelledby="locators-title">
      <h2 id="locators-title" className="section-title">
        {t('service.locators.title')}
      </h2>
      {items.length === 0 && <p className="card__note">{t('service.locators.none')}</p>}
      <ul className="rows">
        {items.map((locator) => (
          <Locator key={locator.name} locator={locator} onRemove={() => setLeaving(locator.name)} />
        ))}
      </ul>
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={(name) => void locators.unpublish(name)}
        wordsOf={(name) => ({
          title: t('service.locators.removeTitle', { name }),
          text: t('service.locators.removeText'),
          confirm: t('service.locators.removeConfirm'),
        })}
      />
    </section>
  );
}

function Locator(props: { readonly locator: StreamingLocator; readonly onRemove: () => void }): ReactNode {
  const { locator, onRemove } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { locators, notices } = useStores();
  const [paths, setPaths] = useState<LocatorPaths>();

  async function show(): Promise<void> {
    setPaths(paths === undefined ? await notices.attempt(() => locators.paths(locator.name)) : undefined);
  }

  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{locator.name}</strong>
        <span className="rows__detail">
          {locator.assetName} · {locator.streamingPolicyName}
          {locator.endTime !== undefined && (
            <> · {t('archive.publish.until', { time: format.dateAndTime(locator.endTime) })}</>
          )}
        </span>
      </span>
      <Button size="small" icon="link" onPress={() => void show()}>
        {t(paths === undefined ? 'service.locators.paths' : 'service.locators.fold')}
      </Button>
      <IconButton icon="trash" label={t('service.locators.remove', { name: locator.name })} onPress={onRemove} />
      {paths !== undefined && (
        <div className="rows__more">
          <CopyField label={t('service.locators.watch')} text={paths.watchUrl} />
          {paths.streamingPaths.flatMap(({ streamingProtocol, paths: all }) =>
            all.map((path) => (
              <CopyField key={path} label={streamingProtocol} text={new URL(path, paths.watchUrl).href} />
            )),
          )}
        </div>
      )}
    </li>
  );
}
