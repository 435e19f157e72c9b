/** Recording devices that give what the computer plays, by the names their makers gave them. */
const LOOPBACK =
  /blackhole|soundflower|loopback|vb-?(?:audio|cable)|cable output|stereo mix|stereomix|what u hear|wave out mix|virtual-audio-capturer|background music|existential audio/i;

export function isLoopback(name: string): boolean {
  return LOOPBACK.test(name);
}
