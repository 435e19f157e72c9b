import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { SoundWarningKind } from '../../../src-main/shared/api/sound.ts';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import type { FakeService } from '../../support/fake-service.ts';
import { goLive, openBrowser, openPage, type Tabs } from './open-page.ts';

const options = { skip: noChromium, timeout: 60_000 };
let browser: Tabs;

before(async () => {
  if (noChromium === false) {
    browser = await openBrowser();
  }
});

after(async () => {
  if (noChromium === false) {
    await browser.close();
  }
});

const open = (t: TestContext, size: 'laptop' | 'smallest' | 'phone' = 'laptop') =>
  openPage(browser, t, { arrange: withSources, size });

const asked = (service: FakeService, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ body }) => body);

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    assert(Date.now() < deadline, `not within 15 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function warn(service: FakeService, kind: SoundWarningKind, muted: boolean): void {
  service.change('Lectern.StudioChanged', 'studio', (world) => {
    world.studio = {
      ...world.studio,
      audio: world.studio.audio.map((input) => (input.id === 'mic' ? { ...input, muted } : input)),
      sound: { ...world.studio.sound, warnings: [{ kind, input: 'mic' }] },
    };
    return world.studio;
  });
}

test('a microphone that is gone says so on its strip at once, and what viewers hear', options, async (t) => {
  const { page, service, errors } = await open(t);
  const set = (state: 'lost' | 'live'): void =>
    service.change('Lectern.StudioChanged', 'studio', (world) => {
      world.studio = {
        ...world.studio,
        sources: world.studio.sources.map((source) => (source.spec.id === 'mic' ? { ...source, state } : source)),
        health:
          state === 'live'
            ? { level: 'good', reasons: [] }
            : { level: 'poor', reasons: [{ code: 'sound-lost', subject: 'mic', detail: 'Gone.' }] },
      };
      return world.studio;
    });
  const strip = page.locator('.strip', { hasText: 'USB microphone' });

  set('lost');
  await strip.getByText('Lost').waitFor();
  await page.getByRole('button', { name: 'USB microphone is lost' }).press('Enter');
  await page.getByText('Viewers do not hear it meanwhile.').waitFor();
  await page.keyboard.press('Escape');
  set('live');
  await strip.getByText('Lost').waitFor({ state: 'detached' });

  assert.deepEqual(errors, []);
});

test('gain goes by a decibel with each press of an arrow key', options, async (t) => {
  const { page, service } = await open(t);

  await page.getByRole('slider', { name: 'Gain of USB microphone' }).focus();
  await page.keyboard.press('ArrowRight');
  await until(() => service.world.studio.audio[0]?.gainDb === 4, 'a step up');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');

  await until(() => service.world.studio.audio[0]?.gainDb === 2, 'two steps down');
});

test('what is done to a source unfolds, and each of it is set with the keyboard alone', options, async (t) => {
  const { page, service, errors } = await open(t);
  const more = page.getByRole('button', { name: 'More for USB microphone' });
  assert.equal(await more.getAttribute('aria-expanded'), 'false');

  await more.focus();
  await page.keyboard.press('Enter');
  const form = page.getByRole('group', { name: 'More for USB microphone' });
  await form.getByRole('textbox', { name: 'Delay' }).focus();
  await page.keyboard.press('ArrowUp');
  await until(() => service.world.studio.audio[0]?.delayMs === 5, 'a step of the delay');
  await form.getByRole('textbox', { name: 'Delay' }).fill('125');
  await page.keyboard.press('Enter');
  await until(() => service.world.studio.audio[0]?.delayMs === 125, 'a delay that was typed');
  await form.getByRole('button', { name: 'Channels' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Mono' }).press('Enter');
  await until(() => service.world.studio.audio[0]?.channels === 'mono', 'mono');
  await form.getByRole('button', { name: 'Noise' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Much less' }).press('Enter');
  await until(() => service.world.studio.audio[0]?.noiseSuppression === 'strong', 'noise suppression');
  await form.getByRole('switch', { name: /rumble/ }).press('Space');

  await until(() => service.world.studio.audio[0]?.highPass === true, 'the high pass');
  assert.equal(await more.getAttribute('aria-expanded'), 'true');
  assert.deepEqual(errors, []);
});

test('what is being typed stays when the number is changed elsewhere', options, async (t) => {
  const { page, service } = await open(t);
  await page.getByRole('button', { name: 'More for USB microphone' }).press('Enter');
  const delay = page
    .getByRole('group', { name: 'More for USB microphone' })
    .getByRole('textbox', { name: 'Delay' });
  await delay.fill('125');

  service.change('Lectern.StudioChanged', 'studio', (world) => {
    const [first, ...others] = world.studio.audio;
    world.studio = { ...world.studio, audio: [{ ...first!, delayMs: 40, gainDb: -6 }, ...others] };
    return world.studio;
  });
  await page.getByText('-6 dB').or(page.getByText('−6 dB')).first().waitFor();

  assert.equal(await delay.inputValue(), '125');
  await page.keyboard.press('Enter');
  await until(() => service.world.studio.audio[0]?.delayMs === 125, 'what was typed');
});

test(
  'a source is recorded separately with one button that says so, and with the keyboard also while it is muted',
  options,
  async (t) => {
    const { page, service, errors } = await open(t);

    await page.getByRole('button', { name: 'Record USB microphone separately too' }).click();
    await until(() => service.world.studio.audio[0]?.separateTrack === 'unless-muted', 'a track of its own');
    const toggle = page.getByRole('button', { name: 'Do not record USB microphone separately' });
    assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
    await page.getByRole('button', { name: 'More for USB microphone' }).press('Enter');
    const form = page.getByRole('group', { name: 'More for USB microphone' });
    await form.getByRole('button', { name: 'Own track' }).press('Enter');
    await page.getByRole('option', { name: 'Yes, always' }).press('Enter');

    await until(() => service.world.studio.audio[0]?.separateTrack === 'always', 'also while muted');
    await toggle.press('Enter');
    await until(() => service.world.studio.audio[0]?.separateTrack === 'off', 'no more');
    assert.deepEqual(errors, []);
  },
);

test('the programme has its loudness and is brought to a target', options, async (t) => {
  const { page, service } = await open(t);
  await until(async () => /[−-]\d+/.test(await page.locator('.strip__lufs').innerText()), 'a loudness');

  await page.getByRole('button', { name: /Loudness of the programme/ }).click();
  await page.getByRole('option', { name: /16 LUFS/ }).click();

  await until(() => service.world.studio.sound.loudnessTarget === -16, 'the target');
  await page
    .getByRole('button', { name: /Loudness of the programme/ })
    .getByText('16 LUFS')
    .waitFor();
  await page.getByRole('button', { name: /Loudness of the programme/ }).click();
  await page.getByRole('option', { name: /As it is/ }).click();
  await until(() => service.world.studio.sound.loudnessTarget === 'off', 'none');
  assert.deepEqual(asked(service, 'patchSound'), [{ loudnessTarget: -16 }, { loudnessTarget: 'off' }]);
});

test('who talks into a muted microphone sees and hears it at once, also off air', options, async (t) => {
  const { page, service } = await open(t);
  await page.locator('.strip').first().waitFor();

  warn(service, 'muted-speaking', true);

  await page.locator('.strip .chip--fault', { hasText: 'You are muted' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'USB microphone is muted' }).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Unmute USB microphone' }).click();
  await page.getByText('You are muted').waitFor({ state: 'detached' });
});

test('clipping and an echo are said in red on air', options, async (t) => {
  const { page, service } = await open(t);
  await goLive(page);

  warn(service, 'clipping', false);
  await page.locator('.strip .chip--fault', { hasText: 'Too loud' }).waitFor();
  warn(service, 'echo', false);

  await page.locator('.strip .chip--fault', { hasText: 'Echo' }).waitFor();
});

test('S mutes all microphones and opens them again; the computer’s sound goes on', options, async (t) => {
  const { page, service } = await open(t);
  await page.locator('.strip').first().waitFor();
  const muted = (): boolean[] => service.world.studio.audio.map((input) => input.muted);

  await page.keyboard.press('s');
  await until(() => muted().includes(true), 'it is muted');
  assert.deepEqual(muted(), [true, false]);
  await page.getByRole('button', { name: 'Unmute USB microphone' }).waitFor();
  await page.keyboard.press('s');

  await until(() => !muted().includes(true), 'it is open');
});

for (const size of ['smallest', 'phone'] as const) {
  test(`all of a strip can be reached in the ${size} window, unfolded too`, options, async (t) => {
    const { page } = await open(t, size);
    await page.getByRole('button', { name: 'More for USB microphone' }).click();

    for (const part of [
      page.getByRole('slider', { name: 'Gain of USB microphone' }),
      page.getByRole('textbox', { name: 'Delay' }),
      page.getByRole('button', { name: /Loudness of the programme/ }),
    ]) {
      await part.scrollIntoViewIfNeeded();
      const box = await part.boundingBox();
      const width = page.viewportSize()?.width ?? 0;
      assert(box !== null && box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
    }
  });
}
