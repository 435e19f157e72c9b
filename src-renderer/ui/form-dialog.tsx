import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Banner } from './parts.tsx';

/** What a form is doing with what was typed. */
export type Submission = {
  readonly isSaving: boolean;
  /** What was refused and is of none of the form's fields. */
  readonly words: { readonly title: string; readonly text: string } | undefined;
  /** Its permanent code stands behind the words: who looks after a service searches for that. */
  readonly problem?: { readonly code: string } | undefined;
  readonly submit: () => void;
};

/** A dialog that asks for something and stays until it was taken: Enter submits, and a refusal is told inside of it. */
export function FormDialog(props: {
  readonly title: string;
  readonly confirmLabel: string;
  /** Whether what is typed can be sent. */
  readonly isReady: boolean;
  readonly submission: Submission;
  readonly onClose: () => void;
  readonly width?: 'small' | 'medium' | 'large';
  readonly children: ReactNode;
}): ReactNode {
  const { t } = useTranslation();
  const { isReady, onClose } = props;
  const { isSaving, words, problem, submit } = props.submission;
  return (
    <Dialog
      title={props.title}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      width={props.width ?? 'small'}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" isPending={isSaving} isDisabled={!isReady} onPress={submit}>
            {props.confirmLabel}
          </Button>
        </>
      }
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) {
            submit();
          }
        }}
      >
        {props.children}
        {words !== undefined && (
          <Banner tone="fault" title={words.title} role="alert">
            {words.text} {problem !== undefined && <span className="code">{problem.code}</span>}
          </Banner>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
