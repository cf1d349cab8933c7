/** `true` for two types each of which may stand for the other. */
export type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** Compiles where every claim is `true`: `type Claims = Hold<[Equal<A, B>, ...]>`. */
export type Hold<Claims extends readonly true[]> = Claims
