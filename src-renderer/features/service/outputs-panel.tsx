import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { LiveEvent, LiveOutput } from '../../../src-main/shared/api/live-events.ts';
import { parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/parts.tsx';
import { CreateLocatorDialog } from './create-locator-dialog.tsx';
import { CreateOutputDialog } from './create-output-dialog.tsx';

export const NO_OUTPUTS: readonly LiveOutput[] = [];

/** What archives the event and lets viewers go back. */
export function OutputsPanel({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const outputs = useStore(liveEvents, (slice) => slice.outputs.get(event.name) ?? NO_OUTPUTS);
  const [creating, setCreating] = useState(false);
  const [publishing, setPublishing] = useState<string>();
  const [leaving, setLeaving] = useState<string>();
  return (
    <section className="card" aria-labelledby="outputs-title">
      <header className="card__head">
        <h3 id="outputs-title" className="section-title">
          {t('service.outputs.title')}
        </h3>
        <Button size="small" icon="plus" onPress={() => setCreating(true)}>
          {t('service.outputs.add')}
        </Button>
      </header>
      {outputs.length === 0 && <p className="card__note">{t('service.outputs.none')}</p>}
      <ul className="rows">
        {outputs.map((output) => (
          <Output
            key={output.name}
            event={event.name}
            output={output}
            onPublish={() => setPublishing(output.assetName)}
            onRemove={() => setLeaving(output.name)}
          />
        ))}
      </ul>
      {publishing !== undefined && (
        <CreateLocatorDialog asset={publishing} onClose={() => setPublishing(undefined)} />
      )}
      {creating && <CreateOutputDialog event={event} onClose={() => setCreating(false)} />}
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={(name) => void liveEvents.deleteOutput(event.name, name)}
        wordsOf={(name) => ({
          title: t('service.outputs.removeTitle', { name }),
          text: t('service.outputs.removeText'),
          confirm: t('service.outputs.removeConfirm'),
        })}
      />
    </section>
  );
}

function Output(props: {
  readonly event: string;
  readonly output: LiveOutput;
  readonly onPublish: () => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { event, output, onPublish, onRemove } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { liveEvents, locators } = useStores();
  const isLeaving = useStore(liveEvents, ({ pending }) => pending.has(`${event}/${output.name}/delete`));
  const links = useMirror(locators).items.filter((locator) => locator.assetName === output.assetName).length;
  const hours = (duration: string): string => format.duration(parseIsoDuration(duration) ?? 0);
  return (
    <li className="rows__item">
      <span className="rows__main">
        <strong>{output.name}</strong>
        <span className="rows__detail">
          <a className="link" href={`#/archive/${encodeURIComponent(output.assetName)}`}>
            {output.assetName}
          </a>
        </span>
        <span className="rows__detail">
          {t('service.outputs.window', { time: hours(output.archiveWindowLength) })}
          {output.rewindWindowLength !== undefined && (
            <> · {t('service.outputs.rewind', { time: hours(output.rewindWindowLength) })}</>
          )}
        </span>
        {output.description !== '' && <span className="rows__detail">{output.description}</span>}
        {links > 0 && <span className="rows__detail">{t('service.outputs.published', { count: links })}</span>}
      </span>
      <Chip tone={output.resourceState === 'Running' ? 'good' : 'neutral'} hasDot>
        {t(`service.outputState.${output.resourceState}`)}
      </Chip>
      <IconButton icon="publish" label={t('service.outputs.publish', { name: output.name })} onPress={onPublish} />
      <IconButton
        icon="trash"
        label={t('service.outputs.remove', { name: output.name })}
        isDisabled={isLeaving || output.resourceState !== 'Running'}
        onPress={onRemove}
      />
    </li>
  );
}
