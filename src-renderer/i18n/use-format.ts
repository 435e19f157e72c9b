import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import {
  bitrate,
  byteSize,
  dateAndTime,
  decibels,
  decimal,
  exactTime,
  roughDuration,
  timeOfDay,
} from './format.ts';

/** The formats in the language of the page. */
export function useFormat() {
  const { i18n } = useTranslation();
  // English is written differently in London and in New York: the region is the browser's.
  const language = navigator.languages.find((tag) => tag.startsWith(i18n.language)) ?? i18n.language;
  return useMemo(
    () => ({
      bitrate: (value: number) => bitrate(value, language),
      bytes: (value: number) => byteSize(value, language),
      exactTime: (seconds: number) => exactTime(seconds, language),
      duration: (seconds: number) => roughDuration(seconds, language),
      decimal: (value: number, digits: number) => decimal(value, digits, language),
      decibels: (value: number) => decibels(value, language),
      dateAndTime: (iso: string) => dateAndTime(iso, language),
      timeOfDay: (iso: string) => timeOfDay(iso, language),
    }),
    [language],
  );
}
