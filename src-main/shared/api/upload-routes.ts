import { listOf, listQuery } from './common.ts';
import { none, type Route } from './route.ts';
import { upload, uploadCreate, uploadPatch } from './uploads.ts';

/** Object storage that locators are mirrored to. */
export const UPLOAD_ROUTES = {
  listUploads: {
    method: 'GET',
    path: '/uploads',
    summary: 'Object storage that locators are mirrored to, and how each is doing.',
    query: listQuery,
    response: listOf(upload),
  },
  putUpload: {
    method: 'PUT',
    path: '/uploads/{name}',
    summary:
      'Mirrors a locator to object storage (Azure Blob, S3-compatible), or replaces its settings. Keys go to the key store.',
    body: uploadCreate,
    response: upload,
  },
  getUpload: { method: 'GET', path: '/uploads/{name}', summary: 'One of them.', response: upload },
  patchUpload: {
    method: 'PATCH',
    path: '/uploads/{name}',
    summary: 'Changes settings; what has been sent to the same place is not sent again.',
    body: uploadPatch,
    response: upload,
  },
  deleteUpload: {
    method: 'DELETE',
    path: '/uploads/{name}',
    summary: 'Stops it and forgets it and its key. What is in the object storage stays there.',
  },
  startUpload: {
    method: 'POST',
    path: '/uploads/{name}/start',
    summary: 'Mirrors from now on; also “retry now”.',
    body: none,
    response: upload,
  },
  stopUpload: {
    method: 'POST',
    path: '/uploads/{name}/stop',
    summary: 'Stops it; what has been sent stays.',
    body: none,
    response: upload,
  },
} as const satisfies Record<string, Route>;
