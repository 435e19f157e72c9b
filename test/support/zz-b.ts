import { benchExport } from '../bench/export.ts';
console.table((await benchExport({ rounds: 7 })).map(({figure, measured, unit}) => ({figure, measured: Math.round(measured*100)/100, unit})));
