/** Something in the repository that a check refuses: where, and why in one sentence. */
export interface Finding {
  readonly where: string;
  readonly what: string;
}

/** A promise about the repository that a machine can keep. */
export interface Check {
  /** The promise, as a statement. */
  readonly name: string;
  /** A warning is printed and fails nothing. */
  readonly warns?: boolean;
  /** Looks at the checkout in `root`; nothing found means that the promise is kept. */
  run(root: string): Finding[] | Promise<Finding[]>;
}
