import type { ReactNode } from 'react';
import { Slider as AriaSlider, SliderThumb, SliderTrack } from 'react-aria-components';

export function Slider(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
  /** Where the neutral value is drawn. */
  readonly mark?: number;
  readonly format?: Intl.NumberFormatOptions;
  readonly isDisabled?: boolean;
}): ReactNode {
  return (
    <AriaSlider
      className="slider"
      aria-label={props.label}
      value={props.value}
      minValue={props.min}
      maxValue={props.max}
      step={props.step}
      onChange={(value) => props.onChange(value)}
      isDisabled={props.isDisabled ?? false}
      {...(props.format === undefined ? {} : { formatOptions: props.format })}
    >
      <SliderTrack className="slider__track">
        {({ state }) => (
          <>
            <span className="slider__groove" />
            <span className="slider__fill" style={{ width: `${state.getThumbPercent(0) * 100}%` }} />
            {props.mark !== undefined && (
              <span
                className="slider__mark"
                style={{ left: `${((props.mark - props.min) / (props.max - props.min)) * 100}%` }}
              />
            )}
            <SliderThumb className="slider__thumb" />
          </>
        )}
      </SliderTrack>
    </AriaSlider>
  );
}
