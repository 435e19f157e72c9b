import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { resourceName } from '../../../src-main/shared/api/common.ts';
import { TextField } from '../../ui/field.tsx';

/** Whether a resource may be called that; blanks around it are left out. */
export function isResourceName(name: string): boolean {
  return resourceName.safeParse(name.trim()).success;
}

/** The name of a resource that is made: it says what is wrong with it from the first letter on. */
export function NameField(props: {
  readonly name: string;
  readonly onChange: (name: string) => void;
  /** What the service said of it. */
  readonly fault: string | undefined;
}): ReactNode {
  const { t } = useTranslation();
  const { name, onChange, fault } = props;
  return (
    <TextField
      label={t('service.create.name')}
      value={name}
      onChange={onChange}
      error={fault ?? (name !== '' && !isResourceName(name) ? t('service.webhooks.nameFault') : undefined)}
      autoFocus
    />
  );
}
