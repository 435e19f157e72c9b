import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { KeyList } from '../features/settings/key-list.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** All keys, at the press of one. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t('settings.shortcuts.title')}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      width="large"
      isText
    >
      <KeyList />
    </Dialog>
  );
}
