import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Select as AriaSelect,
  TextField as AriaTextField,
  CheckboxButton,
  CheckboxField,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  SwitchButton,
  SwitchField,
  Text,
  TextArea,
} from 'react-aria-components';
import { Icon } from './icon.tsx';

type FieldProps = {
  readonly label: string;
  readonly description?: ReactNode;
  /** What is wrong with the value, in words. */
  readonly error?: string | undefined;
  readonly isDisabled?: boolean | undefined;
};

export function TextField(
  props: FieldProps & {
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly onBlur?: (() => void) | undefined;
    readonly type?: 'text' | 'password' | 'url' | 'datetime-local' | undefined;
    readonly placeholder?: string | undefined;
    readonly isRequired?: boolean | undefined;
    readonly inputMode?: 'text' | 'numeric' | 'decimal' | 'url' | undefined;
    readonly suffix?: string | undefined;
    /** How fine a time of day is, in seconds; minutes without. */
    readonly step?: number | undefined;
    readonly autoFocus?: boolean | undefined;
    readonly isLabelHidden?: boolean | undefined;
  },
): ReactNode {
  return (
    <AriaTextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      type={props.type ?? 'text'}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      isRequired={props.isRequired ?? false}
      autoFocus={props.autoFocus ?? false}
      autoComplete="off"
      validationBehavior="aria"
      {...(props.onBlur === undefined ? {} : { onBlur: props.onBlur })}
    >
      <Label className={props.isLabelHidden === true ? 'visually-hidden' : 'field__label'}>{props.label}</Label>
      <span className="field__box">
        <Input
          className="field__input"
          spellCheck="false"
          {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
          {...(props.step === undefined ? {} : { step: props.step })}
          {...(props.inputMode === undefined ? {} : { inputMode: props.inputMode })}
        />
        {props.suffix !== undefined && (
          <span className="field__suffix" aria-hidden="true">
            {props.suffix}
          </span>
        )}
      </span>
      {props.description !== undefined && (
        <Text slot="description" className="field__description">
          {props.description}
        </Text>
      )}
      <FieldError className="field__error">{props.error}</FieldError>
    </AriaTextField>
  );
}

/** Several lines of text. */
export function TextAreaField(
  props: FieldProps & {
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly rows?: number | undefined;
    readonly placeholder?: string | undefined;
  },
): ReactNode {
  return (
    <AriaTextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      autoComplete="off"
      validationBehavior="aria"
    >
      <Label className="field__label">{props.label}</Label>
      <span className="field__box">
        <TextArea
          className="field__input field__input--area"
          spellCheck="false"
          rows={props.rows ?? 3}
          {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
        />
      </span>
      {props.description !== undefined && (
        <Text slot="description" className="field__description">
          {props.description}
        </Text>
      )}
      <FieldError className="field__error">{props.error}</FieldError>
    </AriaTextField>
  );
}

export type Choice<T extends string> = { readonly value: T; readonly label: string; readonly detail?: string };

export function Select<T extends string>(
  props: FieldProps & {
    readonly value: T;
    readonly choices: readonly Choice<T>[];
    readonly onChange: (value: T) => void;
    readonly isLabelHidden?: boolean | undefined;
  },
): ReactNode {
  return (
    <AriaSelect
      className="field"
      value={props.value}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      validationBehavior="aria"
      onChange={(key) => {
        const chosen = props.choices.find((choice) => choice.value === key);
        if (chosen !== undefined) {
          props.onChange(chosen.value);
        }
      }}
    >
      <Label className={props.isLabelHidden === true ? 'visually-hidden' : 'field__label'}>{props.label}</Label>
      <AriaButton className="field__box field__select">
        <SelectValue className="field__value" />
        <Icon name="chevron" size={16} />
      </AriaButton>
      {props.description !== undefined && (
        <Text slot="description" className="field__description">
          {props.description}
        </Text>
      )}
      <FieldError className="field__error">{props.error}</FieldError>
      <Popover className="popover popover--list" offset={4}>
        <ListBox className="list">
          {props.choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} className="list__item" textValue={choice.label}>
              <Text slot="label">{choice.label}</Text>
              {choice.detail !== undefined && (
                <Text slot="description" className="list__detail">
                  {choice.detail}
                </Text>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export function Switch(props: {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly isDisabled?: boolean | undefined;
  /** For a switch whose text stands elsewhere. */
  readonly label?: string | undefined;
}): ReactNode {
  return (
    <SwitchField
      isSelected={props.isSelected}
      onChange={props.onChange}
      isDisabled={props.isDisabled ?? false}
      {...(props.label === undefined ? {} : { 'aria-label': props.label })}
    >
      <SwitchButton className="switch">
        <span className="switch__track" aria-hidden="true" />
        {props.children}
      </SwitchButton>
    </SwitchField>
  );
}

export function Checkbox(props: {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
}): ReactNode {
  return (
    <CheckboxField isSelected={props.isSelected} onChange={props.onChange}>
      <CheckboxButton className="checkbox">
        <span className="checkbox__box" aria-hidden="true">
          <Icon name="check" size={14} />
        </span>
        {props.children}
      </CheckboxButton>
    </CheckboxField>
  );
}
