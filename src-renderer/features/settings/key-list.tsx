import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useStores } from '../../stores/context.ts';
import { Key } from '../../ui/parts.tsx';
import './key-list.css';

/** Key caps and what they do, in the order a broadcast needs them. Those of one character can be turned off. */
const KEYS = [
  ['C', 'check'],
  ['R', 'rehearse'],
  ['F', 'drill'],
  ['G', 'goLive'],
  ['1 … 9', 'shot'],
  ['0', 'slate'],
  ['T', 'take'],
  ['L / O', 'overlay'],
  ['S', 'mute'],
  ['M', 'mark'],
  ['X C V B', 'clip'],
  ['⇧P', 'panic'],
  ['⇧B', 'panicBack'],
  ['N', 'retry'],
  ['A', 'air'],
  ['E', 'end'],
  ['U', 'undo'],
  ['K', 'play'],
  ['J / L', 'jump'],
  ['I / O', 'trim'],
  ['?', 'keys'],
] as const;

/** Of more than one character: they stay. */
const CHORDS = [
  [['Ctrl / ⌘', '⇧P'], 'panicAlways'],
  [['Ctrl / ⌘', '1 … 4'], 'places'],
  [['F1'], 'help'],
] as const;

export function KeyList(): ReactNode {
  const { t } = useTranslation();
  const { ui } = useStores();
  const singleKeys = useStore(ui, (slice) => slice.singleKeys);
  return (
    <dl className="shortcuts">
      {CHORDS.map(([keys, action]) => (
        <div key={action}>
          <dt>
            {keys.map((key, index) => (
              <Fragment key={key}>
                {index > 0 && ' + '}
                <Key>{key}</Key>
              </Fragment>
            ))}
          </dt>
          <dd>{t(`settings.shortcuts.actions.${action}`)}</dd>
        </div>
      ))}
      {KEYS.map(([key, action]) => (
        <div key={action} data-off={!singleKeys || undefined}>
          <dt>
            <Key>{key}</Key>
          </dt>
          <dd>{t(`settings.shortcuts.actions.${action}`)}</dd>
        </div>
      ))}
    </dl>
  );
}
