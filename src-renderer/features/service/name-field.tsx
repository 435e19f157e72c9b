import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { resourceName } from '../../../src-main/shared/api/common.ts';
import { TextField } from '../../ui/field.tsx';

/** Whether a resource may be called that; blanks around it are left out. */
export function isResourceName(name: string): boolean {
  return resourceName.safeParse(name.trim()).success;
}

/** The name of what is made in a form, and whether it can be called that. */
export type NewName = {
  /** Without the blanks around it. */
  readonly name: string;
  readonly typed: string;
  readonly setTyped: (typed: string) => void;
  readonly isReady: boolean;
  /** Another of that name would be replaced, unasked. */
  readonly isTaken: boolean;
};

/** `known` is the name of what is there already and is changed: nothing is asked then. */
export function useNewName(options: {
  readonly known: string | undefined;
  readonly isTaken: (name: string) => boolean;
  readonly isGood?: (name: string) => boolean;
}): NewName {
  const { known, isGood = isResourceName } = options;
  const [typed, setTyped] = useState(known ?? '');
  const name = typed.trim();
  const isTaken = known === undefined && options.isTaken(name);
  return { name, typed, setTyped, isTaken, isReady: known !== undefined || (isGood(name) && !isTaken) };
}

/** The field of a new name; `refused` is what the service said of it. */
export function NewNameField(props: { readonly of: NewName; readonly refused: string | undefined }): ReactNode {
  const { t } = useTranslation();
  const { typed, setTyped, isTaken } = props.of;
  return (
    <NameField
      name={typed}
      onChange={setTyped}
      fault={props.refused ?? (isTaken ? t('policies.taken') : undefined)}
    />
  );
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
