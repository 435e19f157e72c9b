import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  CORNERS,
  FITS,
  type Fit,
  type SceneSpec,
  type SourceRef,
} from '../../../../src-main/shared/api/scenes.ts';
import { sourceLabel } from '../../../i18n/source-label.ts';
import { useStudio } from '../../../stores/context.ts';
import { Checkbox, Select, Switch, TextField } from '../../../ui/field.tsx';
import { ImagePicker } from './image-picker.tsx';
import { NumberField } from './number-field.tsx';
import { selectPictures } from './scene-model.ts';

type Fields<K extends SceneSpec['kind']> = {
  readonly spec: Extract<SceneSpec, { kind: K }>;
  readonly onChange: (spec: SceneSpec) => void;
};

const BORDER = { width: 0.006, colour: '#ffffff' };
const MINUTES = 5;

export function InsetFields({ spec, onChange }: Fields<'picture-in-picture'>): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <SourceSelect
        label={t('scenes.background')}
        value={spec.background}
        onChange={(background) => onChange({ ...spec, background })}
      />
      <SourceSelect
        label={t('scenes.inset')}
        value={spec.inset}
        onChange={(inset) => onChange({ ...spec, inset })}
      />
      <Select
        label={t('scenes.corner')}
        value={spec.corner}
        onChange={(corner) => onChange({ ...spec, corner })}
        choices={CORNERS.map((value) => ({ value, label: t(`scenes.corners.${value}`) }))}
      />
      <NumberField
        label={t('scenes.size')}
        suffix="%"
        value={spec.size * 100}
        least={10}
        most={50}
        onChange={(size) => onChange({ ...spec, size: size / 100 })}
      />
      <Checkbox isSelected={spec.round} onChange={(round) => onChange({ ...spec, round })}>
        {t('scenes.round')}
      </Checkbox>
      <BorderFields border={spec.border} onChange={(border) => onChange({ ...spec, border })} />
    </>
  );
}

export function SideFields({ spec, onChange }: Fields<'side-by-side'>): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <SourceSelect label={t('scenes.left')} value={spec.left} onChange={(left) => onChange({ ...spec, left })} />
      <SourceSelect
        label={t('scenes.right')}
        value={spec.right}
        onChange={(right) => onChange({ ...spec, right })}
      />
      <FitSelect value={spec.fit} onChange={(fit) => onChange({ ...spec, fit })} />
    </>
  );
}

export function SlateFields({ spec, onChange }: Fields<'slate'>): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <TextField label={t('scenes.text')} value={spec.title} onChange={(title) => onChange({ ...spec, title })} />
      <ImagePicker
        label={t('scenes.image')}
        none={t('scenes.noImage')}
        value={spec.image}
        onChange={(image) => onChange({ ...spec, image })}
      />
      <CountdownFields
        countdown={spec.countdown}
        onChange={(countdown) => onChange({ ...spec, countdown })}
        isOptional
      />
    </>
  );
}

type Countdown = NonNullable<Extract<SceneSpec, { kind: 'slate' }>['countdown']>;

export function CountdownFields<C extends Countdown | undefined>(props: {
  readonly countdown: C;
  readonly onChange: (countdown: C | Countdown) => void;
  readonly isOptional?: undefined extends C ? true : never;
}): ReactNode {
  const { countdown, onChange } = props;
  const { t } = useTranslation();
  return (
    <>
      {props.isOptional === true && (
        <Switch
          isSelected={countdown !== undefined}
          onChange={(isOn) =>
            // Off is a value of those that have it, and only those have the switch.
            // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
            onChange(isOn ? { kind: 'minutes', minutes: MINUTES } : (undefined as C))
          }
        >
          {t('scenes.countdown')}
        </Switch>
      )}
      {countdown !== undefined && (
        <>
          <Select
            label={t('scenes.countdownFrom')}
            value={countdown.kind}
            onChange={(kind) => onChange(kind === 'minutes' ? { kind, minutes: MINUTES } : { kind, time: soon() })}
            choices={[
              { value: 'minutes', label: t('scenes.countdownMinutes') },
              { value: 'until', label: t('scenes.countdownUntil') },
            ]}
          />
          {countdown.kind === 'minutes' ? (
            <NumberField
              label={t('scenes.minutes')}
              suffix="min"
              value={countdown.minutes}
              least={0.5}
              most={720}
              onChange={(minutes) => onChange({ kind: 'minutes', minutes })}
            />
          ) : (
            <TextField
              label={t('scenes.time')}
              type="datetime-local"
              value={localText(countdown.time)}
              onChange={(text) => {
                const ms = Date.parse(text);
                if (!Number.isNaN(ms)) {
                  onChange({ kind: 'until', time: new Date(ms).toISOString() });
                }
              }}
            />
          )}
        </>
      )}
    </>
  );
}

/** The next whole quarter of an hour. */
function soon(): string {
  const quarterMs = 15 * 60_000;
  return new Date(Math.ceil(Date.now() / quarterMs) * quarterMs).toISOString();
}

/** As the field for date and time wants it: local, to the minute. */
function localText(iso: string): string {
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function BorderFields(props: {
  readonly border: { readonly width: number; readonly colour: string } | undefined;
  readonly onChange: (border: { width: number; colour: string } | undefined) => void;
}): ReactNode {
  const { border, onChange } = props;
  const { t } = useTranslation();
  return (
    <>
      <Checkbox isSelected={border !== undefined} onChange={(isOn) => onChange(isOn ? BORDER : undefined)}>
        {t('scenes.border')}
      </Checkbox>
      {border !== undefined && (
        <ColourField
          label={t('scenes.borderColour')}
          value={border.colour}
          onChange={(colour) => onChange({ ...border, colour })}
        />
      )}
    </>
  );
}

export function ColourField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (colour: string) => void;
}): ReactNode {
  return (
    <label className="row">
      <input type="color" value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)} />
      {props.label}
    </label>
  );
}

export function FitSelect({
  value,
  onChange,
}: {
  readonly value: Fit;
  readonly onChange: (fit: Fit) => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <Select
      label={t('scenes.fit')}
      value={value}
      onChange={onChange}
      choices={FITS.map((fit) => ({ value: fit, label: t(`scenes.fits.${fit}`) }))}
    />
  );
}

/** A source by the part it plays, or by itself. */
export function SourceSelect(props: {
  readonly label: string;
  readonly value: SourceRef;
  readonly onChange: (source: SourceRef) => void;
}): ReactNode {
  const { t } = useTranslation();
  const studio = useStudio((slice) => slice.studio);
  const pictures = selectPictures(studio);
  const isKnown = props.value.startsWith('@') || pictures.some(({ spec }) => spec.id === props.value);
  return (
    <Select
      label={props.label}
      value={props.value}
      onChange={props.onChange}
      choices={[
        { value: '@screen', label: t('scenes.role.screen') },
        { value: '@camera', label: t('scenes.role.camera') },
        ...pictures.map((source) => ({ value: source.spec.id, label: sourceLabel(t, source) })),
        ...(isKnown ? [] : [{ value: props.value, label: props.value, detail: t('scenes.notThere') }]),
      ]}
    />
  );
}
