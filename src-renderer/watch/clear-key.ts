/** Why the Clear Key of the browser is not to be had: the page came without https, or the browser has none. */
export type ClearKeyObstacle = 'insecure' | 'keyless';

const CONFIGURATION: MediaKeySystemConfiguration = {
  initDataTypes: ['cenc'],
  videoCapabilities: [{ contentType: 'video/mp4; codecs="avc1.42e01e"', encryptionScheme: 'cbcs' }],
};

/** W3C Encrypted Media Extensions §3: only a secure context has them, which is https or this computer itself. */
export async function clearKeyObstacle(): Promise<ClearKeyObstacle | undefined> {
  if (!isSecureContext) {
    return 'insecure';
  }
  try {
    await navigator.requestMediaKeySystemAccess('org.w3.clearkey', [CONFIGURATION]);
    return undefined;
  } catch {
    // Refused, not known, or not there at all: it does not play either way.
    return 'keyless';
  }
}
