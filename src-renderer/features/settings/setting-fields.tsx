import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { SettingsPatch } from '../../../src-main/shared/api/settings.ts';
import { useStores } from '../../stores/context.ts';
import { type Choice, Select, Switch, TextField } from '../../ui/field.tsx';
import { useSetting } from './use-setting.ts';

/** A group of settings under one name. */
export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className="settings-section" id={props.id} aria-labelledby={`${props.id}-title`}>
      <header className="settings-section__head">
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        {props.lead !== undefined && <p>{props.lead}</p>}
      </header>
      <div className="settings-section__fields">{props.children}</div>
    </section>
  );
}

/** Says that a value has been taken but waits for the next start. */
function RestartNote({ path }: { readonly path: string }): ReactNode {
  const { t } = useTranslation();
  const { settings } = useStores();
  const waits = useStore(settings, ({ restartNeeded }) => restartNeeded.includes(path));
  return waits ? <span className="restart-note">{t('settings.restart')}</span> : undefined;
}

/** A setting that is typed: saved when the field is left, or with Enter. */
export function TextSetting(props: {
  readonly path: string;
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly suffix?: string;
  readonly placeholder?: string;
  readonly inputMode?: 'text' | 'numeric' | 'decimal';
  /** The patch that a text means, or what is wrong with it. */
  readonly patchOf: (text: string) => SettingsPatch | { readonly fault: string };
}): ReactNode {
  const { path, value } = props;
  const { error, save } = useSetting(path);
  const [draft, setDraft] = useState<string>();
  const [fault, setFault] = useState<string>();

  async function commit(): Promise<void> {
    if (draft === undefined || draft.trim() === value) {
      setDraft(undefined);
      return;
    }
    const patch = props.patchOf(draft.trim());
    if ('fault' in patch) {
      setFault(patch.fault);
      return;
    }
    setFault(undefined);
    if (await save(patch)) {
      setDraft(undefined);
    }
  }

  return (
    <form
      className="setting"
      onSubmit={(event) => {
        event.preventDefault();
        void commit();
      }}
    >
      <TextField
        label={props.label}
        description={props.description}
        value={draft ?? value}
        onChange={setDraft}
        onBlur={() => void commit()}
        error={draft === undefined ? undefined : (fault ?? error)}
        suffix={props.suffix}
        placeholder={props.placeholder}
        inputMode={props.inputMode}
      />
      <RestartNote path={path} />
    </form>
  );
}

export function SelectSetting<T extends string>(props: {
  readonly path: string;
  readonly label: string;
  readonly description?: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly patchOf: (value: T) => SettingsPatch;
}): ReactNode {
  const { error, save } = useSetting(props.path);
  return (
    <div className="setting">
      <Select
        label={props.label}
        description={props.description}
        value={props.value}
        choices={props.choices}
        onChange={(value) => void save(props.patchOf(value))}
        error={error}
      />
      <RestartNote path={props.path} />
    </div>
  );
}

export function SwitchSetting(props: {
  readonly path: string;
  readonly label: string;
  readonly description?: ReactNode;
  readonly value: boolean;
  readonly patchOf: (value: boolean) => SettingsPatch;
}): ReactNode {
  const { error, save, isSaving } = useSetting(props.path);
  return (
    <div className="setting">
      <Switch isSelected={props.value} isDisabled={isSaving} onChange={(value) => void save(props.patchOf(value))}>
        {props.label}
      </Switch>
      {props.description !== undefined && <div className="field__description">{props.description}</div>}
      {error !== undefined && (
        <p className="field__error" role="alert">
          {error}
        </p>
      )}
      <RestartNote path={props.path} />
    </div>
  );
}
