import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SettingsPatch } from '../../../src-main/shared/api/settings.ts';
import { fieldMessage, problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useStores } from '../../stores/context.ts';

export type Saving = {
  readonly isSaving: boolean;
  /** What the service has against the value, for the field. */
  readonly error: string | undefined;
  readonly save: (patch: SettingsPatch) => Promise<boolean>;
};

/** Saves one setting and keeps what the service says about it. `path` is the field's, as the service names it: `network.controlPort`. */
export function useSetting(path: string): Saving {
  const { t } = useTranslation();
  const { settings } = useStores();
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<string>();

  async function save(patch: SettingsPatch): Promise<boolean> {
    setSaving(true);
    try {
      await settings.change(patch);
      setError(undefined);
      return true;
    } catch (caught) {
      const problem = problemOf(caught);
      setError(fieldMessage(problem, path) ?? problemText(t, problem).text);
      return false;
    } finally {
      setSaving(false);
    }
  }

  return { isSaving, error, save };
}
