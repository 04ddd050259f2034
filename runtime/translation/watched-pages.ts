import { CodePages } from '../mmu/code-pages.js';

/** Pages that translated code may write at one time. */
const MOST_PAGES = 4;

/**
 * For `--check`: lets translated code write to a few pages only, those that were written last, so that what it
 * wrote can be found and taken back by comparing these. To the MMU any other page is like one with code: no
 * TLB has a write tag for it, and its first store, which the interpreter carries out, makes it one of the few.
 */
export class WatchedPages extends CodePages {
  /** Linear-memory byte offsets of the pages, the one that was added first in front. */
  readonly watched: number[] = [];

  override isMarked(linear: number): boolean {
    return super.isMarked(linear) || !this.watched.includes(pageOf(linear));
  }

  override written(linear: number, length: number): void {
    super.written(linear, length);
    const page = pageOf(linear);
    // More than an instruction stores at once comes from a device or a loader.
    if (length > 16 || super.isMarked(page) || this.watched.includes(page)) return;
    if (this.watched.length === MOST_PAGES) this.dropWriteTags(this.watched.shift()!);
    this.watched.push(page);
  }
}

function pageOf(linear: number): number {
  return (linear & -4096) >>> 0;
}
