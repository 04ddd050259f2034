import { MAX_CONTEXT } from '../../jit/abi/tlb.js';

/** What a context's translations belong to. */
export const ContextKind = { NON_SECURE: 0, SECURE: 1, HYP: 2 } as const;

/** The ASID of a context that serves all of them. */
export const EVERY_ASID = 256;

/** Interned ids per part of a key, so that a key fits a number. */
const IDS = 65_536;

/**
 * Hands out the context numbers of one vCPU's TLB (design §4): one for every combination of things that a
 * translation depends on and that software changes without a TLB operation. Numbers are never reused until
 * {@link clear}.
 */
export class Contexts {
  /** {@link ContextKind}, VMID and ASID, by context number. */
  readonly #kind = new Uint8Array(MAX_CONTEXT + 1);
  readonly #vmid = new Uint8Array(MAX_CONTEXT + 1);
  readonly #asid = new Uint16Array(MAX_CONTEXT + 1);
  readonly #configurations = new Map<string, number>();
  readonly #dacrs = new Map<number, number>();
  readonly #numbers = new Map<number, number>();
  /** Those of Hyp mode that are in use: one, as a rule. */
  #hyp: number[] = [];
  #last = 0;

  /** Forgets all numbers: whoever calls this empties the TLB. */
  clear(): void {
    this.#configurations.clear();
    this.#dacrs.clear();
    this.#numbers.clear();
    this.#hyp = [];
    this.#last = 0;
  }

  /** Room for `count` more numbers. */
  hasRoom(count: number): boolean {
    return this.#last + count <= MAX_CONTEXT && this.#dacrs.size < IDS && this.#configurations.size < IDS;
  }

  /**
   * Takes the numbers of contexts back that match: they are not reused, and what has them in its tag never hits again.
   * @param vmid -1: any
   * @param asid -1: any, those of {@link EVERY_ASID} included
   * @returns whether there were any
   */
  retire(kind: number, vmid: number, asid: number): boolean {
    let any = false;
    for (const [key, number] of this.#numbers) {
      if (!this.isOf(number, kind, vmid) || (asid >= 0 && this.#asid[number] !== asid)) continue;
      this.#numbers.delete(key);
      any = true;
    }
    if (kind === ContextKind.HYP) this.#hyp = [];
    return any;
  }

  /** @param vmid -1: any */
  isOf(number: number, kind: number, vmid: number): boolean {
    return this.#kind[number] === kind && (vmid < 0 || this.#vmid[number] === vmid);
  }

  /** The numbers of Hyp mode that are in use. */
  get hyp(): readonly number[] {
    return this.#hyp;
  }

  /** No number is in use. */
  get none(): boolean {
    return this.#numbers.size === 0;
  }

  /** A small number for a combination of control register values that seldom change. */
  configuration(text: string): number {
    let id = this.#configurations.get(text);
    if (id === undefined) {
      id = this.#configurations.size;
      this.#configurations.set(text, id);
    }
    return id;
  }

  /**
   * The context number for a key, a new one when it was not seen before: {@link hasRoom} was asked.
   * @param configuration from {@link configuration}
   * @param dacr 0 where it does not matter
   * @param asid or {@link EVERY_ASID}
   */
  number(
    configuration: number,
    dacr: number,
    kind: number,
    vmid: number,
    asid: number,
    unprivileged: boolean,
  ): number {
    let dacrId = this.#dacrs.get(dacr);
    if (dacrId === undefined) {
      dacrId = this.#dacrs.size;
      this.#dacrs.set(dacr, dacrId);
    }
    const space = (vmid << 10) | (asid << 1) | (unprivileged ? 1 : 0);
    const key = (configuration * IDS + dacrId) * (IDS * 4) + space;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = ++this.#last;
      this.#numbers.set(key, number);
      this.#kind[number] = kind;
      this.#vmid[number] = vmid;
      this.#asid[number] = asid;
      if (kind === ContextKind.HYP) this.#hyp.push(number);
    }
    return number;
  }
}
