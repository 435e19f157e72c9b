const POLYNOMIAL = 0x04c1_1db7;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value < 0 ? (value << 1) ^ POLYNOMIAL : value << 1;
  }
  return value;
});

/**
 * The checksum of sections, ISO/IEC 13818-1 annex A: not reflected and not inverted, unlike that of gzip. Over a section together with its own
 * CRC_32 it is 0.
 */
export function crc32Mpeg2(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc = (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] ?? 0);
  }
  return crc >>> 0;
}
