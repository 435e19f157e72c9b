import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { type ViewerDelay, ViewerView } from '../../player/viewer-view.tsx';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useVisible } from '../../ui/use-visible.ts';
import { previewUrlOf } from './preview-url.ts';

/** A picture of what comes in, every few seconds; and the preview, which moves, when it is asked for. */
export function PicturePanel(props: {
  readonly event: LiveEvent;
  /** Whether anything has come in: before that there is nothing to ask for. */
  readonly hasInput: boolean;
}): ReactNode {
  const { event, hasInput } = props;
  const { t } = useTranslation();
  const [wantsPreview, setWantsPreview] = useState(false);
  const isRunning = event.resourceState === 'Running';
  const url = isRunning ? previewUrlOf(event) : undefined;
  const plays = wantsPreview && url !== undefined;

  return (
    <section className="card" aria-labelledby="picture-title">
      <header className="card__head">
        <h3 id="picture-title" className="section-title">
          {t('service.preview.title')}
        </h3>
        {url !== undefined && (
          <Button size="small" icon={plays ? 'stop' : 'play'} onPress={() => setWantsPreview(!plays)}>
            {t(plays ? 'service.preview.stop' : 'service.preview.play')}
          </Button>
        )}
      </header>
      {plays ? (
        <Preview key={url} url={url} name={event.name} />
      ) : (
        <Thumbnail event={event} isRunning={isRunning} hasInput={hasInput} />
      )}
      {event.preview.endpoints.map((endpoint) => (
        <CopyField key={endpoint.url} label={endpoint.protocol} text={endpoint.url} />
      ))}
    </section>
  );
}

function Preview(props: { readonly url: string; readonly name: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [delay, setDelay] = useState<ViewerDelay>({ kind: 'connecting' });
  const { locators } = useStores();
  const keyToken = useMemo(
    () => (props.url.includes('encryption=') ? locators.previewToken(props.name) : undefined),
    [locators, props.url, props.name],
  );
  const onDelay = useCallback((next: ViewerDelay) => setDelay(next), []);
  return (
    <>
      <div className="service__picture">
        <ViewerView
          url={props.url}
          label={t('service.preview.playing', { name: props.name })}
          onDelay={onDelay}
          keyToken={keyToken}
        />
      </div>
      <p className="card__note">
        {delay.kind === 'behind'
          ? t('service.preview.behind', { seconds: format.decimal(delay.seconds, 1) })
          : t(`service.preview.${delay.kind}`)}
      </p>
    </>
  );
}

/** There is no event for a new picture, and one more often than this shows nothing more. */
const EVERY_MS = 5000;

function Thumbnail(props: {
  readonly event: LiveEvent;
  readonly isRunning: boolean;
  readonly hasInput: boolean;
}): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const box = useRef<HTMLDivElement>(null);
  const isVisible = useVisible(box);
  const [url, setUrl] = useState<string>();
  const { name } = props.event;
  const isWanted = props.isRunning && props.hasInput && isVisible;

  useEffect(() => {
    if (!isWanted) {
      return undefined;
    }
    const gone = new AbortController();
    let made: string | undefined;
    async function load(): Promise<void> {
      const blob = await liveEvents.thumbnail(name, gone.signal);
      if (!gone.signal.aborted) {
        const before = made;
        made = blob === undefined ? undefined : URL.createObjectURL(blob);
        setUrl(made);
        release(before);
      }
    }
    void load();
    const handle = setInterval(() => void load(), EVERY_MS);
    return () => {
      gone.abort();
      clearInterval(handle);
      release(made);
      setUrl(undefined);
    };
  }, [liveEvents, name, isWanted]);

  return (
    <div className="service__picture" ref={box}>
      {url === undefined ? (
        <p className="service__no-picture">
          <Icon name="camera" size={28} />
          <span>{t(props.isRunning ? 'service.preview.noPicture' : 'service.preview.notRunning')}</span>
        </p>
      ) : (
        <img src={url} alt={t('service.preview.picture', { name })} draggable={false} />
      )}
    </div>
  );
}

function release(url: string | undefined): void {
  if (url !== undefined) {
    URL.revokeObjectURL(url);
  }
}
