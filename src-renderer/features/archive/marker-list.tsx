import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Marker } from '../../../src-main/shared/api/assets.ts';
import { clockTime } from '../../i18n/format.ts';
import { useStores } from '../../stores/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';

/** The markers of a recording: where they are, what they say, and both to be changed. */
export function MarkerList(props: {
  readonly asset: string;
  readonly markers: readonly Marker[];
  /** Where the player is. */
  readonly seconds: number;
  readonly onSeek: (seconds: number) => void;
}): ReactNode {
  const { asset, markers, seconds, onSeek } = props;
  const { t } = useTranslation();
  const { assets } = useStores();
  const [edited, setEdited] = useState<string>();
  return (
    <section className="markers" aria-labelledby="markers-title">
      <header className="markers__head">
        <h2 id="markers-title" className="section-title">
          {t('archive.markers.title')}
        </h2>
        <Button size="small" icon="marker" keyCap="M" onPress={() => void assets.addMarker(asset, seconds)}>
          {t('moments.markers.add')}
        </Button>
      </header>
      {markers.length === 0 && <p className="card__note">{t('moments.markers.none')}</p>}
      <ul className="markers__list">
        {markers.map((marker, index) => (
          <li key={marker.id} className="markers__row">
            {edited === marker.id ? (
              <MarkerText asset={asset} marker={marker} onDone={() => setEdited(undefined)} />
            ) : (
              <button type="button" className="markers__item" onClick={() => onSeek(marker.time)}>
                <Icon name="marker" size={16} />
                <span className="markers__time">{clockTime(marker.time)}</span>
                <span className="markers__text">
                  {marker.label === '' ? t('archive.markers.unnamed', { number: index + 1 }) : marker.label}
                </span>
              </button>
            )}
            <IconButton
              icon="edit"
              label={t('moments.markers.rename', { at: clockTime(marker.time) })}
              onPress={() => setEdited(edited === marker.id ? undefined : marker.id)}
            />
            <IconButton
              icon="trash"
              label={t('moments.markers.remove', { at: clockTime(marker.time) })}
              onPress={() => void assets.removeMarker(asset, marker.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Enter and leaving keep what was typed; Escape does not. */
function MarkerText(props: {
  readonly asset: string;
  readonly marker: Marker;
  readonly onDone: () => void;
}): ReactNode {
  const { asset, marker, onDone } = props;
  const { t } = useTranslation();
  const { assets } = useStores();
  const [text, setText] = useState(marker.label);

  function keep(): void {
    onDone();
    if (text.trim() !== marker.label) {
      void assets.changeMarker(asset, marker.id, text.trim());
    }
  }

  return (
    <input
      className="markers__input"
      aria-label={t('moments.markers.name', { at: clockTime(marker.time) })}
      maxLength={200}
      value={text}
      // It takes the place of the button that was just pressed.
      autoFocus
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === 'Enter') {
          keep();
        } else if (event.key === 'Escape') {
          onDone();
        }
      }}
    />
  );
}
