// Every text of the page, in one table. {name} is replaced by what `t` is given.
export const TEXTS = {
  picture: 'Picture', sliders: 'Sliders', layers: 'Layers', look: 'Seed and look', find: 'Find',
  undo: 'Undo', redo: 'Redo', share: 'Link', open: 'Open', save: 'Save', help: 'Help',
  undoTip: 'Undo (Ctrl+Z)', redoTip: 'Redo (Ctrl+Shift+Z)', shareTip: 'Copy a link to this picture; the token is not in it',
  openTip: 'Open a picture of ours, a recipe, a direction, a project or latents; or drop it anywhere',
  helpTip: 'All keys (?)',
  saveTip: 'Save the picture with its recipe inside (Ctrl+S)', saveMore: 'More to save',
  savePicture: 'Picture with recipe', saveRecipe: 'Recipe', saveDirection: 'Named direction …', saveProject: 'Project', saveSheet: 'Pictures of the tab below', noSheet: 'This tab shows no pictures that could be saved.', drawingSheet: 'drawing {done} of {total}', saveFilm: 'Film …',
  picKey: 'Ctrl+S', recipeKey: 'E', directionKey: 'M',
  starting: 'Starting: {text}', drawing: 'drawing …', exact: 'exact · {w} × {h} px', exactTip: 'These are the pixels that replay makes',
  preview: 'preview {w} px', previewMs: 'preview {w} px · {ms} ms', rough: 'rough preview {w} px',
  offline: 'No connection to the server. What you do is kept; trying again …', offlineShort: 'no connection',
  back: 'Connected again.', polling: 'No WebSocket gets through: pictures come by plain requests, a little slower.',
  tokenNeeded: 'This page needs the token of the server. Paste the address that the command printed:', tokenGo: 'Use it', tokenLabel: 'Address or token',
  tokenWrong: 'The token is not the one of this server. Paste the address that the command printed:',
  full: 'The server has as many clients as it takes.',
  noPicture: 'The picture appears here',
  before: 'Before', beforeTip: 'Hold to see the picture without edits (C)', split: 'Split', splitTip: 'Two pictures, one divider',
  diff: 'Difference', diffTip: 'What differs from A, made stronger (D)', pin: 'Pin as A', pinTip: 'Keep this picture to compare with (Shift+C)',
  isA: 'A: {what}', unedited: 'the picture without edits', pinned: 'the pinned picture', strength: 'strength ×{n}', divider: 'Divider between A and B',
  actual: '1:1', actualTip: 'Show every pixel once (H)', fit: 'Fit',
  differ: 'Settings that differ', same: 'A and B have the same settings.', setting: 'Setting',
  filter: 'Filter', filterTip: 'Filter sliders by name (/)', movedOnly: 'moved only', range: 'Range', usable: 'usable', own: 'own …', ownRange: 'How far sliders go, in sigma', use: 'Use', resetAll: 'Reset all',
  named: 'Named', components: 'Components', taught: 'Not saved yet', noSlider: 'No slider has this name.', noneMoved: 'Nothing is moved yet.', noDirections: 'There are no directions yet: teach one, or open a file of them.', finding: '{text}. Seeds and look can be tried meanwhile.',
  on: 'on', onLabel: '{name} on', number: '{name}, strength in sigma', value: '{name}, {sigma} sigma, layers {a} to {b}', valueOff: '{name}, off',
  reset: 'double click: back to 0', notMeasured: 'not measured', measured: 'measured', known: 'sampled to {known}', nameIt: 'Name this …', measure: 'Measure range', measureTip: 'Find how far the chosen slider can go before pictures fall apart: some hundred pictures, in the background',
  measuring: 'measuring {done} of {total}',
  plus: 'plus', minus: 'minus',
  layersOf: 'Layers of {name}', pickSlider: 'Choose a slider to set its layers', all: 'all', coarse: 'coarse', middle: 'middle', fine: 'fine',
  fromLayer: 'from', toLayer: 'to', layer: 'layer {n}, {px} px', thumbs: 'Show', thumbsNone: 'numbers', thumbsSees: 'what it sees', thumbsDoes: 'what the edit does',
  stripHelp: 'Arrow keys move the range, with Shift its end',
  seed: 'Seed', prev: 'Previous seed (P)', next: 'Next seed (N)', random: 'Random', randomTip: 'A random seed (R)', psi: 'psi', psiTip: 'Truncation: lower is more usual, higher more varied',
  psiOff: 'off', cutoff: 'Cutoff', cutoffTip: 'How many layers psi applies to', cls: 'Class', noClass: 'none', noise: 'Noise', noiseStored: 'stored', noiseNone: 'none', noiseSeed: 'seed {n}',
  newNoise: 'New noise', centred: 'centred', centredTip: 'Move to a strength instead of by it, for all edits together', latent: 'latents of {name}',
  dropLatent: 'Back to seeds', x: 'x', y: 'y', turn: 'turn', movePicture: 'Move', transformOff: 'reset',
  tabSeeds: 'Seeds', tabMap: 'Map', tabTeach: 'Teach', tabFilm: 'Film', tabHistory: 'History', closeSheet: 'Close',
  seedsHelp: 'Choose a starting picture.', withEdits: 'with the edits', earlier: 'Earlier', later: 'Later', seedNo: 'seed {n}', starred: 'starred', star: 'Star (F)',
  mapHelp: 'Two directions as axes. Choose a picture or a dot to go there; draw over the grid to make a film path.', across: 'Across', up: 'Up', size: 'Size', span: 'to ±', mapShow: 'Show', 'map-grid': 'a grid of pictures', 'map-sprites': '500 seeds where they lie', 'map-dots': '500 seeds as dots', dotsLabel: 'Seeds in the plane of two directions', placing: 'Finding where 500 seeds lie …', mapFew: 'A map needs two directions.', mapSame: 'Choose two different directions.',
  cell: '{x} {a}, {y} {b}',
  teachHelp: 'Mark pictures that have what you look for with +, others with −. From two of each on, a slider is made of them.',
  plusMark: 'has it (+)', minusMark: 'has it not (−)', marks: '{p} with, {m} without', needMarks: '{n} more to go', clearMarks: 'Clear marks', moreSeeds: 'More pictures', nextBest: 'Ask where marks help most',
  teachDone: 'Agreement of left-out marks {a} · nearest component {v} (cosine {c})', teachDoubt: '{n} marks contradict the others', tryIt: 'Try it', taughtName: 'taught',
  filmHelp: 'A film of a slider there and back, or through keyframes.', addKey: 'Add this picture', keyNo: 'keyframe {n}', removeKey: 'Remove keyframe {n}', noKeys: 'No keyframes yet: the film moves one slider.',
  moveSlider: 'Slider', from: 'from', to: 'to', frames: 'Frames', fps: 'a second', ease: 'slow at keyframes', loop: 'loop', ending: 'As', make: 'Make film', cancel: 'Cancel', filming: 'film: {done} of {total}', seconds: '{s} s',
  historyHelp: 'Every step since you began; choose one to go there.', branch: 'left branch', stars: 'Starred', steps: 'Steps', now: 'now', stepNo: 'step {n}: {what}', noStars: 'F stars a picture.',
  copyCommand: 'Copy command', copied: 'Copied.', copyLink: 'Link copied. It opens this picture for whoever runs the same network.', longLink: 'This state is too long for a link, or starts from a file: save the recipe instead.',
  copyThis: 'Copy this:', saved: 'Saved {name}', savedAt: 'Saved {name}, also in the folder of --out', saving: 'saving …', nothingMoved: 'Move a slider first: a direction is what is moved.',
  nameDirection: 'Name of this direction', nameHint: 'What does it do? Such as “open mouth”.', cancelled: 'Cancelled.',
  openTitle: 'Open {name}?', openChanges: 'This changes:', openNothing: 'It is the picture that is shown already.', openIt: 'Open', openedSlider: '“{name}” is a slider now.', namedSlider: '“{name}” is a slider now, at 0; {file} was saved, and opens it elsewhere.',
  openProject: 'A project with {n} steps, {k} keyframes and {d} directions takes the place of what is here.', openLatent: 'The picture starts from these latents: {text}', dropHere: 'Drop to open',
  otherModel: 'This link was made with another network.', otherAnyway: 'Open it all the same, with its edits', otherDrop: 'Open it without the edits', otherCancel: 'Leave it',
  otherServer: 'The server has another network now.', otherServerMore: 'What you did with the former one is kept in this browser, for when it is served again.', otherServerGo: 'Go on with the new network', otherServerStay: 'Stay here', otherServerLeft: 'This page shows the former network and is not connected. Reload it to go on with the new one.',
  badLink: 'The link is damaged; the last picture is shown instead.',
  tooLarge: 'A file to open has at most 8 MiB.',
  helpTitle: 'Keys', singleKeys: 'Single keys (all without Ctrl) do something', closeHelp: 'Close',
  seedSetting: 'seed', psiSetting: 'psi', cutoffSetting: 'cutoff', classSetting: 'class', noiseSetting: 'noise', centredSetting: 'centred', transformSetting: 'moved', latentSetting: 'latents',
  offWord: 'off', yes: 'yes', no: 'no', none: 'none',
};
export const KEYS = [
  ['J  K', 'next, previous slider'], ['← →', 'slider by 0.1; Shift: 0.5; Page up, down: 1'], [', .', 'slider by 0.01'], ['0', 'slider to 0'], ['Enter', 'type a strength'], ['X', 'slider on or off'],
  ['L', 'layers: arrows move, Shift+arrows stretch'], ['/', 'filter sliders'], ['S', 'type a seed'], ['N  P  R', 'next, previous, random seed'], ['T  Y  G', 'psi, cutoff, class'], ['O', 'noise'],
  ['C', 'hold: without edits; Shift+C: pin as A'], ['D', 'difference from A'], ['H', 'fit or 1:1'], ['Ctrl+Z', 'undo; Ctrl+Shift+Z or Ctrl+Y: redo'], ['Ctrl+S', 'save the picture with its recipe'], ['E  M', 'save recipe, named direction'],
  ['F', 'star'], ['+  −', 'mark in Teach'], ['1 … 5', 'tabs'], ['?', 'this list'], ['Esc', 'close, cancel'],
];
export function t(key, values = {}) {
  const text = TEXTS[key] === undefined ? key : TEXTS[key];
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? clean(values[name]) : whole));
}
// Text of others as what may be shown: no control, direction or invisible characters, one line.
export function clean(text, longest = 300) {
  const short = String(text).slice(0, longest);
  return short.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, ' ');
}
