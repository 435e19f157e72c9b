import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from './dialog.tsx';

/** Asks about one thing before it goes: `asked` is the thing, undefined while nothing is asked. */
export function AskFirst<T>(props: {
  readonly asked: T | undefined;
  readonly wordsOf: (asked: T) => {
    readonly title: string;
    readonly text: ReactNode;
    readonly confirm: string;
    /** “Keep” unless something else says better what not to do means. */
    readonly cancel?: string;
  };
  readonly onConfirm: (asked: T) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { asked } = props;
  if (asked === undefined) {
    return undefined;
  }
  const words = props.wordsOf(asked);
  return (
    <ConfirmDialog
      title={words.title}
      isOpen
      onClose={props.onClose}
      onConfirm={() => props.onConfirm(asked)}
      closeLabel={t('common.close')}
      cancelLabel={words.cancel ?? t('common.keep')}
      confirmLabel={words.confirm}
    >
      {typeof words.text === 'string' ? <p>{words.text}</p> : words.text}
    </ConfirmDialog>
  );
}
