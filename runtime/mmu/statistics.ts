/** Counts of what one vCPU's MMU did, for `--stats` and for tests. */
export class MmuStatistics {
  /** Translation table walks (stage 1, or flat when the MMU is off). */
  walks = 0;
  /** Descriptors read by walks, both stages. */
  descriptors = 0;
  /** Entries written to the data TLB. */
  fills = 0;
  /** Entries written to the fetch TLB. */
  fetchFills = 0;
  /** Accesses that came to the slow path. */
  slowLoads = 0;
  slowStores = 0;
  /** Of these: to a device; to a page that holds code; across a page boundary. */
  deviceAccesses = 0;
  codeStores = 0;
  pageCrossings = 0;
  /** Aborts raised. */
  faults = 0;
  /** TLB maintenance operations carried out on this vCPU, also those of others. */
  invalidations = 0;
  /** Times that the context numbers ran out. */
  contextOverflows = 0;
}
