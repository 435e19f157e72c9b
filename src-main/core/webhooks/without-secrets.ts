import type { ServiceEvent } from '../../shared/api/events.ts';

/**
 * An event as it may leave the computer. What the control API shows to who has its token is not for every receiver: access tokens, also inside
 * the addresses that encoders send to, and what an address has in front of its host or behind its path, are left out.
 */
export function withoutSecrets(event: ServiceEvent): ServiceEvent {
  return { ...event, data: cleaned(event.data, tokensIn(event.data)) };
}

const TOKEN_FIELD = 'accessToken';
const HIDDEN = '***';

function tokensIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    key === TOKEN_FIELD && typeof inner === 'string' && inner !== '' ? [inner] : tokensIn(inner),
  );
}

function cleaned(value: unknown, tokens: readonly string[]): unknown {
  if (typeof value === 'string') {
    const withoutTokens = tokens.reduce((text, token) => text.replaceAll(token, HIDDEN), value);
    return withoutTokens.replace(/^([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#]*@)?([^\s?]*)(?:\?\S*)?$/i, '$1$2');
  }
  if (Array.isArray(value)) {
    return value.map((inner) => cleaned(inner, tokens));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== TOKEN_FIELD)
      .map(([key, inner]) => [key, cleaned(inner, tokens)]),
  );
}
