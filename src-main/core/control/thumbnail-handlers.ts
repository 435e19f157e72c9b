import type { IncomingMessage, ServerResponse } from 'node:http';
import { type THUMBNAIL_ROUTES, thumbnailQuery } from '../../shared/api/thumbnails.ts';
import type { Services, ThumbnailPicture } from '../ports/services.ts';
import type { JsonHandlers, StreamHandler, StreamRoute } from './call.ts';
import { PICTURE_SECONDS, sendPicture } from './file-answer.ts';
import { API_PREFIX } from './routing.ts';

/** The pictures of recordings. */
export function createThumbnailHandlers({
  thumbnails,
}: Pick<Services, 'thumbnails'>): Pick<JsonHandlers, 'getThumbnails'> {
  return {
    async getThumbnails({ params }) {
      const { sheets, ...rest } = await thumbnails.sheets(params.name);
      const path = `${API_PREFIX}/assets/${encodeURIComponent(params.name)}/thumbnails`;
      return { ...rest, sheets: sheets.map(({ id, start, end }) => ({ start, end, url: `${path}/${id}` })) };
    },
  };
}

export function createThumbnailStreams({
  thumbnails,
}: Pick<Services, 'thumbnails'>): Readonly<Record<StreamRoute & keyof typeof THUMBNAIL_ROUTES, StreamHandler>> {
  return {
    async getThumbnailSheet({ params: { name = '', sheet = '' } }, request, response) {
      send(request, response, await thumbnails.sheet(name, sheet));
    },
    async getAssetThumbnail({ params: { name = '' }, query }, request, response) {
      send(request, response, await thumbnails.single(name, thumbnailQuery.parse(query).time));
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, { jpeg, isFinal }: ThumbnailPicture): void {
  sendPicture(request, response, jpeg, isFinal ? PICTURE_SECONDS : 0);
}
