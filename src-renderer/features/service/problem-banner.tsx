import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Banner } from '../../ui/parts.tsx';

/** What the service refused, in words and with its permanent code: who looks after a service searches for that. */
export function ProblemBanner(props: {
  readonly problem: Problem | undefined;
  readonly onRetry?: () => void;
  readonly onDismiss?: () => void;
}): ReactNode {
  const { problem, onRetry, onDismiss } = props;
  const { t } = useTranslation();
  if (problem === undefined) {
    return undefined;
  }
  const { title, text } = problemText(t, problem);
  return (
    <Banner
      tone="fault"
      role="alert"
      title={title}
      action={
        <>
          {onRetry !== undefined && (
            <Button size="small" onPress={onRetry}>
              {t('common.retry')}
            </Button>
          )}
          {onDismiss !== undefined && <IconButton icon="close" label={t('common.dismiss')} onPress={onDismiss} />}
        </>
      }
    >
      {text} <span className="code">{problem.code}</span>
    </Banner>
  );
}
