import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { clockTime } from '../i18n/format.ts';
import { useStores, useStudio } from '../stores/context.ts';
import { selectIsOnAir } from '../stores/studio-store.ts';
import { Icon } from '../ui/icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { formatRoute, PLACES, type Place } from './routes.ts';

/** The four places. Whether one is on air is said here too, because it must be seen from everywhere. */
export function Rail(props: { readonly place: Place; readonly onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <nav className="rail" aria-label={t('app.places')}>
      <span className="rail__logo" aria-hidden="true">
        <svg viewBox="0 0 32 32" width="30" height="30">
          <path d="M6 10.5h20l-2.4 7H8.4z" />
          <path d="M14.6 17.5h2.8V24h4.2v2.4H10.4V24h4.2z" />
          <circle cx="16" cy="6.6" r="1.9" />
        </svg>
      </span>
      <ul className="rail__places">
        {PLACES.map((place, index) => (
          <li key={place}>
            <a
              className="rail__link"
              href={formatRoute(place === 'archive' ? { place, asset: undefined } : { place })}
              aria-current={place === props.place ? 'page' : undefined}
              aria-keyshortcuts={`Control+${index + 1} Meta+${index + 1}`}
            >
              <Icon name={place} size={22} />
              <span className="trim">{t(`places.${place}`)}</span>
            </a>
          </li>
        ))}
      </ul>
      <div className="rail__foot">
        {props.place !== 'studio' && <OnAirBadge />}
        <button type="button" className="rail__link rail__help" onClick={props.onHelp} aria-keyshortcuts="F1">
          <Icon name="help" size={22} />
          <span className="trim">{t('app.help')}</span>
        </button>
      </div>
    </nav>
  );
}

function OnAirBadge(): ReactNode {
  const { t } = useTranslation();
  const { timers, serverTime } = useStores();
  const isOnAir = useStudio(selectIsOnAir);
  const startedAt = useStudio(({ studio }) => studio?.session?.startedAt);
  const nowMs = useNow(isOnAir ? 1000 : undefined, timers.nowMs);
  if (!isOnAir || startedAt === undefined) {
    return undefined;
  }
  return (
    <a className="rail__air" href="#/studio" aria-label={t('app.onAir')}>
      <span className="chip__dot" aria-hidden="true" />
      <span aria-hidden="true">{clockTime((nowMs + serverTime.offsetMs() - Date.parse(startedAt)) / 1000)}</span>
    </a>
  );
}
