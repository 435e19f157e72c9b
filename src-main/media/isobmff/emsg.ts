import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Event Message, ISO/IEC 23009-1 §5.10.3.3. */
export type EventMessage = {
  readonly schemeIdUri: string;
  readonly value: string;
  readonly timescale: number;
  /** When the event begins: from the start of the segment (version 0) or of the representation (version 1), in ticks. */
  readonly start:
    | { readonly kind: 'delta'; readonly ticks: number }
    | { readonly kind: 'absolute'; readonly ticks: Ticks };
  /** In ticks; 0xFFFFFFFF when not known. */
  readonly duration: number;
  readonly id: number;
  readonly payload: Uint8Array;
};

/** Version 0 for a delta, version 1 for an absolute time, which DASH-IF prefers. */
export function writeEmsg(writer: BoxWriter, event: EventMessage): void {
  const { start } = event;
  writer.fullBox('emsg', start.kind === 'absolute' ? 1 : 0, 0, (body) => {
    if (start.kind === 'absolute') {
      body.u32(event.timescale);
      body.u64(start.ticks);
      body.u32(event.duration);
      body.u32(event.id);
      body.text(event.schemeIdUri);
      body.text(event.value);
    } else {
      body.text(event.schemeIdUri);
      body.text(event.value);
      body.u32(event.timescale);
      body.u32(start.ticks);
      body.u32(event.duration);
      body.u32(event.id);
    }
    body.bytes(event.payload);
  });
}

export function parseEmsg(box: BoxReader): EventMessage {
  const { version } = box.fullBox(1);
  if (version === 1) {
    const timescale = box.u32();
    const start = { kind: 'absolute', ticks: ticks(box.u64()) } as const;
    const fields = { timescale, start, duration: box.u32(), id: box.u32() };
    return { ...fields, schemeIdUri: box.text(), value: box.text(), payload: box.rest() };
  }
  const names = { schemeIdUri: box.text(), value: box.text() };
  const timescale = box.u32();
  const start = { kind: 'delta', ticks: box.u32() } as const;
  return { ...names, timescale, start, duration: box.u32(), id: box.u32(), payload: box.rest() };
}
