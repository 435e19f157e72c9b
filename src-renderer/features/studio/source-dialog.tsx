import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SourceKind, SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { sourceLabel } from '../../i18n/source-label.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { freeSourceId } from '../../stores/studio-store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Chip } from '../../ui/parts.tsx';
import { BrowserLinks } from './browser-links.tsx';
import { SOURCE_ICONS } from './shots.tsx';
import { SoundSync } from './sound-sync.tsx';
import { SourceForm } from './source-form.tsx';
import {
  defaultDevice,
  emptyDraft,
  needsDevices,
  PICTURE_KINDS,
  presentDevice,
  SOUND_KINDS,
  type SourceDraft,
  specOf,
} from './source-model.ts';

const NO_SOURCES: readonly SourceStatus[] = [];

/** Chooses what can be shown and heard. Devices are listed when a kind is chosen, never before. */
export function SourceDialog(props: {
  readonly isOpen: boolean;
  /** A file to begin with. */
  readonly path: string | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const stores = useStores();
  const sources = useStudio(({ studio }) => studio?.sources ?? NO_SOURCES);
  const devices = useStudio((slice) => slice.devices);
  const isBusy = useStudio(({ pending }) => pending.has('sources'));
  const [draft, setDraft] = useState<SourceDraft | undefined>(
    props.path === undefined ? undefined : { ...emptyDraft('file'), path: props.path },
  );
  const [showsFault, setShowsFault] = useState(false);
  /** The browser whose links are shown. */
  const [linked, setLinked] = useState<string>();

  function begin(kind: SourceKind): void {
    setShowsFault(false);
    setDraft(emptyDraft(kind));
    if (needsDevices(kind)) {
      void stores.studio.loadDevices();
    }
  }

  function close(): void {
    setDraft(undefined);
    setLinked(undefined);
    props.onClose();
  }

  const filled =
    draft === undefined
      ? undefined
      : {
          ...draft,
          device:
            presentDevice(draft.device, devices?.value, draft.kind) ??
            defaultDevice(devices?.value ?? [], draft.kind),
        };
  const result =
    filled === undefined
      ? undefined
      : specOf(
          filled,
          freeSourceId(
            filled.kind,
            sources.map((source) => source.spec),
          ),
        );

  const linkedSource = sources.find(({ spec }) => spec.id === linked);

  async function add(): Promise<void> {
    if (result?.ok !== true) {
      setShowsFault(true);
      return;
    }
    await stores.studio.addSource(result.spec);
    setDraft(undefined);
    setLinked(result.spec.kind === 'browser' ? result.spec.id : undefined);
  }

  return (
    <Dialog
      title={
        draft !== undefined
          ? t(`sources.kind.${draft.kind}.title`)
          : t(linkedSource === undefined ? 'sources.title' : 'sources.browser.linksTitle')
      }
      isOpen={props.isOpen}
      onClose={close}
      closeLabel={t('common.close')}
      width="medium"
      footer={
        draft === undefined ? (
          <>
            {linkedSource !== undefined && (
              <Button icon="back" onPress={() => setLinked(undefined)}>
                {t('common.back')}
              </Button>
            )}
            <Button tone="primary" onPress={close}>
              {t('common.done')}
            </Button>
          </>
        ) : (
          <>
            <Button icon="back" onPress={() => setDraft(undefined)}>
              {t('common.back')}
            </Button>
            <Button tone="primary" isPending={isBusy} onPress={() => void add()}>
              {t('sources.add')}
            </Button>
          </>
        )
      }
    >
      {linkedSource !== undefined && filled === undefined ? (
        <BrowserLinks source={linkedSource} />
      ) : filled === undefined ? (
        <div className="source-list">
          {sources.length > 0 && <ChosenSources sources={sources} isBusy={isBusy} onLinks={setLinked} />}
          <KindTiles label={t('sources.picture')} kinds={PICTURE_KINDS} onChoose={begin} />
          <KindTiles label={t('sources.sound')} kinds={SOUND_KINDS} onChoose={begin} />
        </div>
      ) : (
        <SourceForm
          draft={filled}
          fault={showsFault && result?.ok === false ? result.fault : undefined}
          spec={result?.ok === true ? result.spec : undefined}
          onChange={(patch) => setDraft({ ...filled, ...patch })}
          onUseBrowser={() => begin('browser')}
        />
      )}
    </Dialog>
  );
}

function ChosenSources(props: {
  readonly sources: readonly SourceStatus[];
  readonly isBusy: boolean;
  readonly onLinks: (source: string) => void;
}): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  return (
    <section className="chosen" aria-labelledby="chosen-title">
      <h3 id="chosen-title" className="section-title">
        {t('sources.chosen')}
      </h3>
      <ul className="rows">
        {props.sources.map((source) => (
          <li key={source.spec.id} className="rows__item">
            <Icon name={SOURCE_ICONS[source.spec.kind]} />
            <span className="rows__main">
              <span>{sourceLabel(t, source)}</span>
              <SoundSync source={source} />
              {source.error !== undefined && (
                <span className="rows__fault">{problemText(t, source.error).text}</span>
              )}
            </span>
            {source.spec.kind === 'browser' && (
              <Button size="small" icon="qr" onPress={() => props.onLinks(source.spec.id)}>
                {t('sources.browser.links')}
              </Button>
            )}
            <Chip
              tone={source.state === 'live' ? 'good' : source.state === 'starting' ? 'neutral' : 'fault'}
              hasDot
            >
              {t(`studio.sourceState.${source.state}`)}
            </Chip>
            <IconButton
              icon="trash"
              label={t('sources.remove', { source: sourceLabel(t, source) })}
              isDisabled={props.isBusy}
              onPress={() => void studio.removeSource(source.spec.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function KindTiles(props: {
  readonly label: string;
  readonly kinds: readonly SourceKind[];
  readonly onChoose: (kind: SourceKind) => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <section>
      <h3 className="section-title">{props.label}</h3>
      <div className="tiles">
        {props.kinds.map((kind) => (
          <button key={kind} type="button" className="tile" onClick={() => props.onChoose(kind)}>
            <span className="tile__icon">
              <Icon name={SOURCE_ICONS[kind]} />
            </span>
            <span className="tile__text">
              <span className="tile__label">{t(`sources.kind.${kind}.label`)}</span>
              <span className="tile__detail">{t(`sources.kind.${kind}.detail`)}</span>
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}
