/** Whether a request is for a key of the service that a stream comes from: a token is for that, and for nobody and nothing else. */
export function isKeyAddress(address: string, streamUrl: string): boolean {
  const stream = URL.parse(streamUrl, location.href);
  const asked = URL.parse(address, location.href);
  return asked !== null && asked.origin === stream?.origin && asked.pathname.startsWith('/keydelivery/');
}

export function tokenHeaders(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}` };
}
