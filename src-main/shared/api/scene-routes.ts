import { none, type Route } from './route.ts';
import {
  overlays,
  overlaysPatch,
  sceneCollectionCreate,
  sceneImage,
  sceneItem,
  sceneOrder,
  sceneSpec,
  scenesState,
  sketchQuery,
} from './scenes.ts';
import { studioState } from './studio.ts';

/** Scenes of the studio, and what lies on them. */
export const SCENE_ROUTES = {
  listScenes: {
    method: 'GET',
    path: '/studio/scenes',
    summary: 'Scenes in the order of their keys, overlays, and the pictures they may use.',
    response: scenesState,
  },
  createScene: {
    method: 'POST',
    path: '/studio/scenes',
    summary: 'Makes a scene, behind the others.',
    body: sceneSpec,
    response: sceneItem,
    status: 201,
  },
  orderScenes: {
    method: 'PUT',
    path: '/studio/scenes',
    summary: 'Puts the scenes into another order; all of them are named.',
    body: sceneOrder,
    response: scenesState,
  },
  changeScene: {
    method: 'PUT',
    path: '/studio/scenes/{scene}',
    summary: 'Changes a scene, with its next frame when it is on air.',
    body: sceneSpec,
    response: sceneItem,
  },
  deleteScene: {
    method: 'DELETE',
    path: '/studio/scenes/{scene}',
    summary: 'Deletes a scene; refused while it is on air.',
  },
  takeScene: {
    method: 'POST',
    path: '/studio/scenes/{scene}/take',
    summary: 'Takes a scene on air, with the next frame.',
    body: none,
    response: studioState,
  },
  getScenePicture: {
    method: 'GET',
    path: '/studio/scenes/{scene}/picture',
    summary: 'How the scene would look on air at this moment, as a PNG.',
    query: sketchQuery,
    kind: 'stream',
  },
  sketchScene: {
    method: 'POST',
    path: '/studio/scene-sketch',
    summary: 'The same of a scene that has not been made: nothing is kept.',
    query: sketchQuery,
    body: sceneSpec,
    kind: 'stream',
    reads: true,
  },
  createSceneCollection: {
    method: 'POST',
    path: '/studio/scene-collections',
    summary: 'Makes a collection of scenes, for an event of its own, and changes to it.',
    body: sceneCollectionCreate,
    response: scenesState,
    status: 201,
  },
  useSceneCollection: {
    method: 'POST',
    path: '/studio/scene-collections/{collection}/use',
    summary: 'Changes to another collection; refused while a scene is on air that is not in it.',
    body: none,
    response: scenesState,
  },
  deleteSceneCollection: {
    method: 'DELETE',
    path: '/studio/scene-collections/{collection}',
    summary: 'Deletes a collection with its scenes; refused for the one in use.',
  },
  patchOverlays: {
    method: 'PATCH',
    path: '/studio/overlays',
    summary: 'Logo and lower third: on or off, and what they show.',
    body: overlaysPatch,
    response: overlays,
  },
  putSceneImage: {
    method: 'PUT',
    path: '/studio/images/{image}',
    summary: 'A picture for slates, logo and own scenes: the body, a PNG or JPEG of up to 5 MB and 4096 × 4096.',
    response: sceneImage,
    kind: 'stream',
    takes: 'application/octet-stream',
  },
  getSceneImage: {
    method: 'GET',
    path: '/studio/images/{image}',
    summary: 'The picture as it was sent.',
    kind: 'stream',
  },
  deleteSceneImage: {
    method: 'DELETE',
    path: '/studio/images/{image}',
    summary: 'Deletes a picture; refused while a scene or the logo uses it.',
  },
} as const satisfies Record<string, Route>;
