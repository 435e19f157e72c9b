import { z } from 'zod';
import { isoTime } from './common.ts';
import { sceneId, sourceId } from './studio.ts';

/**
 * Scenes: what viewers see, made of the pictures of several sources, stills and text. A source alone needs none, it is shown by
 * `PUT /studio/scene`. Places and sizes are fractions of the picture, so that a scene is the same at every quality.
 */

/** `@screen`: the first screen or window, else the first picture. `@camera`: the first camera, else the second picture. */
const SOURCE_ROLES = ['@screen', '@camera'] as const;

/** A source, or the part that one plays. */
const sourceRef = z.union([z.enum(SOURCE_ROLES), sourceId]);
export type SourceRef = z.infer<typeof sourceRef>;

export const imageId = z
  .string()
  .max(60)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens');

const fraction = z.number().min(0).max(1);
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #1d6fa5');

/** One line: a control character would be drawn as a box. */
const line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line');

const border = z.strictObject({
  /** In heights of the picture. */
  width: z.number().min(0).max(0.05),
  colour,
});

export const CORNERS = ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const;
const corner = z.enum(CORNERS);
export type Corner = z.infer<typeof corner>;

/** `fit`: all of it is seen. `fill`: it fills its place, and what reaches beyond is cut off. */
export const FITS = ['fit', 'fill'] as const;
const fit = z.enum(FITS);
export type Fit = z.infer<typeof fit>;

/** Until a time of day, or so long from when the scene goes on air. */
const countdown = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('until'), time: isoTime }),
  z.strictObject({ kind: z.literal('minutes'), minutes: z.number().min(0.1).max(720) }),
]);

const place = { x: fraction, y: fraction, width: fraction.min(0.02), height: fraction.min(0.02) };

const sceneElement = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('source'),
    source: sourceRef,
    ...place,
    fit: fit.default('fit'),
    /** What is cut off at each side, before it is fitted. */
    crop: z
      .strictObject({ left: fraction, top: fraction, right: fraction, bottom: fraction })
      .refine(({ left, top, right, bottom }) => left + right <= 0.95 && top + bottom <= 0.95, 'leaves nothing')
      .optional(),
    /** Of the corners: 0 square, 1 round. */
    radius: fraction.default(0),
    border: border.optional(),
  }),
  z.strictObject({ kind: z.literal('image'), image: imageId, ...place, fit: fit.default('fit') }),
  z.strictObject({
    kind: z.literal('text'),
    text: line(120),
    ...place,
    colour: colour.default('#ffffff'),
    align: z.enum(['left', 'center', 'right']).default('left'),
  }),
  z.strictObject({ kind: z.literal('countdown'), ...place, countdown, colour: colour.default('#ffffff') }),
]);
export type SceneElement = z.infer<typeof sceneElement>;

const name = line(60).min(1);

export const sceneSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('picture-in-picture'),
    name,
    background: sourceRef,
    inset: sourceRef,
    corner: corner.default('bottom-right'),
    /** Width of the inset. */
    size: z.number().min(0.1).max(0.5).default(0.25),
    round: z.boolean().default(false),
    border: border.optional(),
  }),
  z.strictObject({
    kind: z.literal('side-by-side'),
    name,
    left: sourceRef,
    right: sourceRef,
    fit: fit.default('fit'),
  }),
  z.strictObject({
    kind: z.literal('slate'),
    name,
    title: line(80).default(''),
    /** Fills the picture. */
    image: imageId.optional(),
    countdown: countdown.optional(),
  }),
  z.strictObject({
    kind: z.literal('custom'),
    name,
    ground: colour.default('#10161c'),
    /** Each lies on those before it. */
    elements: z.array(sceneElement).max(12),
  }),
]);
export type SceneSpec = z.infer<typeof sceneSpec>;
export type SceneSpecInput = z.input<typeof sceneSpec>;
export type SceneKind = SceneSpec['kind'];

export const sceneItem = z.strictObject({ id: sceneId, spec: sceneSpec });
export type SceneItem = z.infer<typeof sceneItem>;

export const overlays = z.strictObject({
  logo: z.strictObject({
    on: z.boolean(),
    image: imageId.optional(),
    corner,
    /** Its height. */
    size: z.number().min(0.03).max(0.4),
  }),
  lowerThird: z.strictObject({
    on: z.boolean(),
    title: line(80),
    subtitle: line(120),
    side: z.enum(['left', 'center', 'right']),
  }),
});
export type Overlays = z.infer<typeof overlays>;

export const overlaysPatch = z.strictObject({
  /** `image: null` takes its picture away. */
  logo: overlays.shape.logo.extend({ image: imageId.nullable() }).partial().optional(),
  lowerThird: overlays.shape.lowerThird.partial().optional(),
});
export type OverlaysPatch = z.infer<typeof overlaysPatch>;

export const sceneImage = z.strictObject({
  id: imageId,
  width: z.number().int(),
  height: z.number().int(),
});
export type SceneImage = z.infer<typeof sceneImage>;

/** What a collection is called: the event that its scenes are for. */
export const sceneCollectionName = line(60).trim().min(1);

/** What the first collection is called; pages have a word of their language for it. */
export const FIRST_COLLECTION = 'Default';

export const scenesState = z.strictObject({
  /** The collection that all of the following is of. */
  collection: sceneCollectionName,
  /** All of them, by name. */
  collections: z.array(sceneCollectionName),
  /** In the order of their keys. */
  scenes: z.array(sceneItem),
  /** What lies on every scene but slates. */
  overlays,
  /** Those of all collections. */
  images: z.array(sceneImage),
});
export type ScenesState = z.infer<typeof scenesState>;

export const sceneOrder = z.strictObject({ scenes: z.array(sceneId).max(100) });

export const sketchQuery = z.strictObject({ width: z.coerce.number().int().min(64).max(1280).optional() });

export const sceneCollectionCreate = z.strictObject({
  name: sceneCollectionName,
  /** `current`: a copy of the scenes and overlays that are there. `first`: those that a studio begins with. */
  from: z.enum(['current', 'first']).default('current'),
});
export type SceneCollectionCreate = z.infer<typeof sceneCollectionCreate>;

/** What the studio keeps from one start to the next. */
export const storedScenes = z.object({
  scenes: z.array(sceneItem),
  overlays,
  // Before there were collections all scenes were of one.
  collection: sceneCollectionName.default(FIRST_COLLECTION),
  others: z.array(z.object({ name: sceneCollectionName, scenes: z.array(sceneItem), overlays })).default([]),
});
export type StoredScenes = z.infer<typeof storedScenes>;
