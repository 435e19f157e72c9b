/** A SEI NAL unit with captions (ANSI/SCTE 128-1 §8.1), `pairs` of three bytes each, behind a message of `before` bytes of something else. */
export function captionSei(
  pairs: readonly (readonly number[])[],
  codec: 'avc' | 'hevc' = 'avc',
  before = 0,
): Uint8Array {
  const data = [0x40 | pairs.length, 0xff, ...pairs.flat(), 0xff];
  const payload = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, ...data];
  const other =
    before === 0
      ? []
      : [
          ...message(
            5,
            Array.from({ length: before }, (_, index) => index % 256),
          ),
        ];
  const rbsp = [...other, ...message(4, payload), 0x80];
  const head = codec === 'avc' ? [0x06] : [39 << 1, 1];
  return Uint8Array.from([...head, ...withEmulationPrevention(rbsp)]);
}

function message(type: number, payload: readonly number[]): readonly number[] {
  const long = Array.from({ length: Math.floor(payload.length / 255) }, () => 255);
  return [type, ...long, payload.length % 255, ...payload];
}

function withEmulationPrevention(rbsp: readonly number[]): readonly number[] {
  const bytes: number[] = [];
  for (const byte of rbsp) {
    if (byte <= 3 && bytes.at(-1) === 0 && bytes.at(-2) === 0) {
      bytes.push(3);
    }
    bytes.push(byte);
  }
  return bytes;
}
