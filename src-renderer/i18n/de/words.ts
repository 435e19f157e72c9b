/** What is said of an error. */
export type Words = { readonly title: string; readonly text: string };
