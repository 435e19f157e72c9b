import type { ReactNode } from 'react';
import { Button as AriaButton, Popover as AriaPopover, Menu, MenuItem, MenuTrigger } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { CLIP_SECONDS } from '../../../src-main/shared/api/clips.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/parts.tsx';

/** One for each of `CLIP_SECONDS`; they lie side by side. */
export const CLIP_KEYS = ['x', 'c', 'v', 'b'] as const;

/** Moments of what goes out: to be found again, to be cut out, to be taken back. */
export function MomentButtons(): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const hasAsset = useStudio((slice) => slice.studio?.session?.asset !== undefined);
  const isMarking = useStudio(({ pending }) => pending.has('mark'));
  const isClipping = useStudio(({ pending }) => pending.has('clip'));
  return (
    <>
      {hasAsset && (
        <>
          <Button size="large" icon="marker" keyCap="M" isPending={isMarking} onPress={() => void studio.mark()}>
            {t('studio.actions.mark')}
          </Button>
          <MenuTrigger>
            <AriaButton className="button button--plain button--large" aria-label={t('moments.clip.label')}>
              <Icon name="trim" size={18} />
              <span className="button__label trim">
                {t(isClipping ? 'moments.clip.making' : 'moments.clip.button')}
              </span>
              <Icon name="chevron" size={16} />
            </AriaButton>
            <AriaPopover className="popover popover--list" offset={4}>
              <Menu
                className="list"
                aria-label={t('moments.clip.label')}
                onAction={(key) => void studio.clip(Number(key))}
              >
                {CLIP_SECONDS.map((seconds, index) => (
                  <MenuItem
                    key={seconds}
                    id={seconds}
                    className="list__item list__item--key"
                    textValue={t('moments.clip.last', { seconds })}
                  >
                    {t('moments.clip.last', { seconds })}
                    <Key>{CLIP_KEYS[index]?.toUpperCase()}</Key>
                  </MenuItem>
                ))}
              </Menu>
            </AriaPopover>
          </MenuTrigger>
        </>
      )}
      <PanicButton />
    </>
  );
}

/** Held, so that a stray click takes nothing back; the key needs Shift for the same reason. */
export function PanicButton(): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const isCut = useStudio((slice) => slice.studio?.panic !== undefined);
  const isPending = useStudio(({ pending }) => pending.has('panic'));
  return isCut ? undefined : (
    <HoldButton
      tone="caution"
      icon="warning"
      isPending={isPending}
      onHeld={() => void studio.panic()}
      hint={t('moments.panic.hint')}
    >
      {t('moments.panic.button')}
    </HoldButton>
  );
}
