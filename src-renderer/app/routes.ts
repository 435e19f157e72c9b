/** Where in the page somebody is, kept in the address bar's fragment so that Back works and a reload stays. */
export type Route =
  | { readonly place: 'studio' }
  | { readonly place: 'archive'; readonly asset: string | undefined }
  | { readonly place: 'service' }
  | { readonly place: 'settings' };

export type Place = Route['place'];

export const PLACES = ['studio', 'archive', 'service', 'settings'] as const satisfies readonly Place[];

export function parseRoute(hash: string): Route {
  const [place, name] = hash.replace(/^#\/?/, '').split('/');
  switch (place) {
    case 'archive':
      return { place, asset: name === undefined || name === '' ? undefined : decoded(name) };
    case 'service':
    case 'settings':
      return { place };
    default:
      return { place: 'studio' };
  }
}

export function formatRoute(route: Route): string {
  return route.place === 'archive' && route.asset !== undefined
    ? `#/archive/${encodeURIComponent(route.asset)}`
    : `#/${route.place}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
