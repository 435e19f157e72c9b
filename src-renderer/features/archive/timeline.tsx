import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useState } from 'react';
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Asset, Marker } from '../../../src-main/shared/api/assets.ts';
import { clockTime } from '../../i18n/format.ts';
import type { Storyboard } from '../../player/storyboard.ts';
import { SeekPicture } from './seek-picture.tsx';
import type { Edge, Range } from './trim.ts';
import { LEAST_STEP_SECONDS } from './trim-store.ts';

/** The seek bar, with what is missing hatched and each marker where it is, and below it the handles of the part to export. */
export function Timeline(props: {
  readonly asset: Asset;
  readonly markers: readonly Marker[];
  /** Pictures to seek by; undefined when there are none. */
  readonly storyboard: Storyboard | undefined;
  /** UTC of the time 0, in ms since 1970. */
  readonly startMs: number | undefined;
  readonly seconds: number;
  readonly span: number;
  readonly range: Range;
  readonly onSeek: (seconds: number) => void;
  readonly onRange: (range: Range) => void;
  /** By so many seconds, or more: to the next key frame. */
  readonly onStep: (edge: Edge, seconds: number) => void;
}): ReactNode {
  const { asset, markers, storyboard, startMs, seconds, span, range, onSeek, onRange, onStep } = props;
  const { t } = useTranslation();
  const percent = (at: number): string => `${Math.min(100, Math.max(0, (at / span) * 100))}%`;
  const width = (length: number): string => `${Math.min(100, Math.max(0, (length / span) * 100))}%`;

  return (
    <div className="timeline">
      <WithPictures storyboard={storyboard} startMs={startMs} seconds={seconds} span={span}>
        <Slider
          className="timeline__seek"
          aria-label={t('archive.timeline.seek')}
          value={Math.min(seconds, span)}
          minValue={0}
          maxValue={span}
          step={0.1}
          onChange={onSeek}
        >
          <SliderTrack className="timeline__track">
            <span className="timeline__groove" />
            <span
              className="timeline__range"
              style={{ left: percent(range.start), width: width(range.end - range.start) }}
            />
            <span className="timeline__played" style={{ width: percent(seconds) }} />
            {asset.gaps.map((gap) => (
              <span
                key={gap.start}
                className="timeline__gap"
                style={{ left: percent(gap.start), width: width(gap.duration) }}
                title={t('archive.timeline.gap', {
                  at: clockTime(gap.start),
                  seconds: Math.round(gap.duration),
                })}
              />
            ))}
            <SliderThumb className="timeline__thumb">
              {/* The figure of a thumb's value is in tenths of seconds; people hear a time. */}
              <span className="timeline__bubble" aria-hidden="true">
                {clockTime(seconds)}
              </span>
            </SliderThumb>
          </SliderTrack>
        </Slider>
      </WithPictures>
      {markers.length > 0 && (
        <div className="timeline__markers">
          {markers.map((marker) => (
            <button
              key={marker.id}
              type="button"
              className="timeline__marker"
              style={{ left: percent(marker.time) }}
              title={`${clockTime(marker.time)} ${marker.label}`}
              aria-label={t('archive.timeline.marker', { at: clockTime(marker.time), label: marker.label })}
              onClick={() => onSeek(marker.time)}
            />
          ))}
        </div>
      )}
      <WithSteps onStep={onStep} range={range}>
        <Slider
          className="timeline__trim"
          aria-label={t('archive.timeline.trim')}
          value={[range.start, range.end]}
          minValue={0}
          maxValue={span}
          step={0.001}
          onChange={(values) => {
            const [start, end] = Array.isArray(values) ? values : [range.start, range.end];
            onRange({ start: start ?? range.start, end: end ?? range.end });
          }}
        >
          <SliderTrack className="timeline__trim-track">
            <span
              className="timeline__selection"
              style={{ left: percent(range.start), width: width(range.end - range.start) }}
            />
            <SliderThumb
              index={0}
              className="timeline__handle"
              data-edge="start"
              aria-label={t('archive.timeline.from')}
            />
            <SliderThumb
              index={1}
              className="timeline__handle"
              data-edge="end"
              aria-label={t('archive.timeline.to')}
            />
          </SliderTrack>
        </Slider>
      </WithSteps>
    </div>
  );
}

/** What a key does to a handle, in seconds at least. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -LEAST_STEP_SECONDS,
  ArrowDown: -LEAST_STEP_SECONDS,
  ArrowRight: LEAST_STEP_SECONDS,
  ArrowUp: LEAST_STEP_SECONDS,
  PageDown: -30,
  PageUp: 30,
};

/** A slider that keys move from key frame to key frame, which no step of its own could: they are as far apart as an encoder liked. */
function WithSteps(props: {
  readonly range: Range;
  readonly onStep: (edge: Edge, seconds: number) => void;
  readonly children: ReactNode;
}): ReactNode {
  const { range, onStep, children } = props;
  const edgeOf = (target: EventTarget): Edge | undefined => {
    const edge = target instanceof Element ? target.closest('[data-edge]')?.getAttribute('data-edge') : undefined;
    return edge === 'start' || edge === 'end' ? edge : undefined;
  };
  const press = (event: KeyboardEvent): void => {
    const edge = edgeOf(event.target);
    const seconds = STEPS[event.key];
    if (edge !== undefined && seconds !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      onStep(edge, seconds);
    }
  };
  return (
    <div
      onKeyDownCapture={press}
      // As a screen reader moves it: by a step of the slider, which is none of ours.
      onChangeCapture={(event) => {
        const edge = edgeOf(event.target);
        if (edge !== undefined && event.target instanceof HTMLInputElement) {
          event.stopPropagation();
          onStep(edge, Number(event.target.value) > range[edge] ? LEAST_STEP_SECONDS : -LEAST_STEP_SECONDS);
        }
      }}
    >
      {children}
    </div>
  );
}

/** For how long the picture stays after a key was pressed. */
const KEY_MS = 1500;

/** A seek bar with a picture of what is where the pointer is, or where the keys have led to. */
function WithPictures(props: {
  readonly storyboard: Storyboard | undefined;
  readonly startMs: number | undefined;
  readonly seconds: number;
  readonly span: number;
  readonly children: ReactNode;
}): ReactNode {
  const { storyboard, startMs, seconds, span, children } = props;
  const [pointed, setPointed] = useState<number>();
  const [keys, setKeys] = useState(0);
  const at = pointed ?? (keys > 0 ? seconds : undefined);

  useEffect(() => {
    const timer = setTimeout(() => setKeys(0), KEY_MS);
    return () => clearTimeout(timer);
  }, [keys]);

  const point = ({ currentTarget, clientX }: PointerEvent): void => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setPointed(width > 0 ? Math.min(1, Math.max(0, (clientX - left) / width)) * span : undefined);
  };

  return (
    <div
      className="timeline__bar"
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => setPointed(undefined)}
      // The slider keeps its keys to itself.
      onKeyDownCapture={() => setKeys(keys + 1)}
    >
      {children}
      {storyboard !== undefined && startMs !== undefined && at !== undefined && (
        <SeekPicture storyboard={storyboard} wallMs={startMs + at * 1000} fraction={Math.min(1, at / span)} />
      )}
    </div>
  );
}
