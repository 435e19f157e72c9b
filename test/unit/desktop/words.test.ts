import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseWords } from '../../../src-main/desktop/words.ts';

test('the shell speaks the first of the person’s languages that it knows', () => {
  assert.equal(chooseWords(['fr-FR', 'de-AT', 'en-GB']).quit, 'Lectern beenden');
  assert.equal(chooseWords(['en-GB', 'de-DE']).quit, 'Quit Lectern');
  assert.equal(chooseWords(['ja']).quit, 'Quit Lectern');
  assert.equal(chooseWords([]).quit, 'Quit Lectern');
});
