/** A file by its name, for messages, and its text: a configuration that holds both needs nothing else. */
export interface DataFile {
  name: string;
  text: string;
}
