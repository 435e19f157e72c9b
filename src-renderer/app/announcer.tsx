import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { sourceLabel } from '../i18n/source-label.ts';
import { useMirror, useStores, useStudio } from '../stores/context.ts';
import { selectPhase } from '../stores/studio-store.ts';

/** Says changes of state aloud for who does not see them: the phase, a destination that was lost or came back, an input nobody hears. */
export function Announcer(): ReactNode {
  const { t } = useTranslation();
  const { destinations, sound } = useStores();
  const phase = useStudio(selectPhase);
  const { items } = useMirror(destinations);
  const warnings = useStore(sound, (slice) => slice.warnings);
  const sources = useStudio(({ studio }) => studio?.sources);
  const reduction = useStudio(({ studio }) => studio?.encoder?.reduction?.step);
  const [text, setText] = useState('');
  const before = useRef<ReadonlyMap<string, string>>(undefined);

  useEffect(() => {
    const now = new Map<string, string>([['phase', t(`announce.phase.${phase}`)]]);
    now.set('quality', t(`announce.quality.${reduction ?? 'full'}`));
    for (const { name, state, sending } of items) {
      if (state === 'live' || state === 'reconnecting' || state === 'failed') {
        const said = state === 'live' && sending?.isReduced === true ? 'reduced' : state;
        now.set(`destination ${name}`, t(`announce.destination.${said}`, { name }));
      }
    }
    for (const [id, warning] of warnings) {
      const input = sources?.find(({ spec }) => spec.id === id);
      now.set(
        `sound ${id}`,
        t(`announce.sound.${warning}`, { input: input === undefined ? id : sourceLabel(t, input) }),
      );
    }
    const known = before.current;
    before.current = now;
    // The first look is what there is, not what has changed.
    const changed = known === undefined ? [] : [...now].filter(([key, words]) => known.get(key) !== words);
    if (changed.length > 0) {
      setText(changed.map(([, words]) => words).join(' '));
    }
  }, [t, phase, items, warnings, sources, reduction]);

  return (
    <div className="visually-hidden" role="status" aria-live="assertive">
      {text}
    </div>
  );
}
