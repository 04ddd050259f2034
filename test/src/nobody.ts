/** The user `nobody` of every Unix system. */
const NOBODY = 65534;

/** Runs `action` as a user who is not root: root may do everything. */
export function asNobody<T>(action: () => T): T {
  if (process.geteuid?.() !== 0) return action();
  process.setegid!(NOBODY);
  process.seteuid!(NOBODY);
  try {
    return action();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}
