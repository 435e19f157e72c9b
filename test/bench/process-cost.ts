import { readFileSync } from 'node:fs';
import { descendants } from '../support/descendants.ts';

/** Clock ticks per second; 100 on every Linux that Node runs on. */
const HERTZ = 100;

/** Seconds of processor time that a process and all below it have used, those included that have ended and been waited for. */
export function cpuSeconds(pid: number): number {
  return [pid, ...descendants(pid).map((child) => child.pid)].reduce((sum, one) => sum + ticksOf(one), 0) / HERTZ;
}

/** The same of one process alone, without those it started. */
export function ownCpuSeconds(pid: number): number {
  // utime and stime.
  return (
    statOf(pid)
      .slice(11, 13)
      .reduce((sum, field) => sum + Number(field), 0) / HERTZ
  );
}

function ticksOf(pid: number): number {
  const fields = statOf(pid);
  // utime, stime, cutime, cstime: fields 14 to 17 of proc(5).
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Bytes in RAM that belong to this process alone or in part (RSS). */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) * 1024;
}

function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
