import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Handler Reference, ISO/IEC 14496-12 §8.4.3. */
export type Handler = {
  /** `vide`, `soun`, `mdir`, … */
  readonly type: string;
  /** For people reading a dump. */
  readonly name: string;
};

/** `vendor` fills the first reserved field, where iTunes metadata wants `appl`. */
export function writeHdlr(writer: BoxWriter, { type, name }: Handler, vendor = '\0\0\0\0'): void {
  writer.fullBox('hdlr', 0, 0, (body) => {
    body.zeros(4); // pre_defined
    body.fourCc(type);
    body.fourCc(vendor);
    body.zeros(8);
    body.text(name);
  });
}

export function parseHdlr(box: BoxReader): Handler {
  box.fullBox(0);
  box.skip(4);
  const type = box.fourCc();
  box.skip(12);
  return { type, name: box.text() };
}
