import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LocatorPaths, StreamingLocator } from '../../../src-main/shared/api/publishing.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Chip, type Tone } from '../../ui/parts.tsx';
import { useNow } from '../../ui/use-now.ts';
import { CreateLocatorDialog } from './create-locator-dialog.tsx';
import { pathLabel } from './path-label.ts';
import { ProblemBanner } from './problem-banner.tsx';

/** What is published, under which links, and from when to when. */
export function LocatorsPanel(): ReactNode {
  const { t } = useTranslation();
  const { locators } = useStores();
  const { items, problem, status } = useMirror(locators);
  const [creating, setCreating] = useState(false);
  return (
    <section className="card" aria-labelledby="locators-title">
      <header className="card__head">
        <h2 id="locators-title" className="section-title">
          {t('service.locators.title')}
        </h2>
        <Button size="small" icon="plus" onPress={() => setCreating(true)}>
          {t('service.locators.add')}
        </Button>
      </header>
      <ProblemBanner problem={problem} onRetry={() => void locators.refresh()} />
      {status === 'ready' && items.length === 0 && <p className="card__note">{t('service.locators.none')}</p>}
      <ul className="rows">
        {[...items]
          .sort((one, other) => other.created.localeCompare(one.created))
          .map((locator) => (
            <Locator key={locator.name} locator={locator} />
          ))}
      </ul>
      {creating && <CreateLocatorDialog onClose={() => setCreating(false)} />}
    </section>
  );
}

type Openness = 'early' | 'open' | 'over';
const TONES: Readonly<Record<Openness, Tone>> = { early: 'neutral', open: 'good', over: 'neutral' };

function opennessOf({ startTime, endTime }: StreamingLocator, nowMs: number): Openness {
  if (endTime !== undefined && Date.parse(endTime) <= nowMs) {
    return 'over';
  }
  return startTime !== undefined && Date.parse(startTime) > nowMs ? 'early' : 'open';
}

/** How often it is looked whether a locator has begun or ended. */
const LOOK_MS = 5000;

function Locator({ locator }: { readonly locator: StreamingLocator }): ReactNode {
  const { name, startTime, endTime } = locator;
  const { t } = useTranslation();
  const format = useFormat();
  const { locators, timers } = useStores();
  const action = useAction();
  const [paths, setPaths] = useState<LocatorPaths>();
  const [asked, setAsked] = useState<string>();
  const nowMs = useNow(startTime === undefined && endTime === undefined ? undefined : LOOK_MS, timers.nowMs);
  const openness = opennessOf(locator, nowMs);
  const times = [
    ...(startTime === undefined ? [] : [t('service.locators.from', { time: format.dateAndTime(startTime) })]),
    ...(endTime === undefined ? [] : [t('archive.publish.until', { time: format.dateAndTime(endTime) })]),
  ];

  function toggle(): void {
    if (paths === undefined) {
      action.run('paths', async () => setPaths(await locators.paths(name)));
    } else {
      setPaths(undefined);
    }
  }

  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{name}</strong>
        <span className="rows__detail">
          <a className="link" href={`#/archive/${encodeURIComponent(locator.assetName)}`}>
            {locator.assetName}
          </a>
          {' · '}
          {t(`service.policy.${locator.streamingPolicyName}`, { defaultValue: locator.streamingPolicyName })}
        </span>
        {times.length > 0 && <span className="rows__detail">{times.join(' ')}</span>}
      </span>
      <Chip tone={TONES[openness]} hasDot>
        {t(`service.locators.openness.${openness}`)}
      </Chip>
      <Button size="small" icon="link" isPending={action.pending === 'paths'} onPress={toggle}>
        {t(paths === undefined ? 'service.locators.paths' : 'service.locators.fold')}
      </Button>
      <IconButton
        icon="trash"
        label={t('service.locators.remove', { name })}
        isDisabled={action.pending === 'remove'}
        onPress={() => setAsked(name)}
      />
      {action.problem !== undefined && (
        <div className="rows__more">
          <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />
        </div>
      )}
      {paths !== undefined && <Paths locator={locator} paths={paths} />}
      <AskFirst
        asked={asked}
        onClose={() => setAsked(undefined)}
        onConfirm={() => action.run('remove', () => locators.delete(name))}
        wordsOf={() => ({
          title: t('service.locators.removeTitle', { name }),
          text: t('service.locators.removeText', { asset: locator.assetName }),
          confirm: t('service.locators.removeConfirm'),
        })}
      />
    </li>
  );
}

function Paths(props: { readonly locator: StreamingLocator; readonly paths: LocatorPaths }): ReactNode {
  const { streamingPaths, downloadPaths, watchUrl } = props.paths;
  const { t } = useTranslation();
  const urlOf = (path: string): string => new URL(path, watchUrl).href;
  return (
    <div className="rows__more service__paths">
      <CopyField label={t('service.locators.watch')} text={watchUrl} />
      {streamingPaths.flatMap(({ streamingProtocol, encryptionScheme, paths }) =>
        paths.map((path) => (
          <CopyField
            key={`${streamingProtocol} ${encryptionScheme} ${path}`}
            label={pathLabel(streamingProtocol, path)}
            text={urlOf(path)}
          />
        )),
      )}
      {downloadPaths.map((path) => (
        <CopyField key={path} label={pathLabel('Download', path)} text={urlOf(path)} />
      ))}
      <CopyField label={t('service.locators.id')} text={props.locator.streamingLocatorId} />
      {streamingPaths.length === 0 && downloadPaths.length === 0 && (
        <p className="card__note">{t('service.locators.noPaths')}</p>
      )}
    </div>
  );
}
