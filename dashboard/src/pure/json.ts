/** JSON as people write it: where it breaks, and on which line what stands. */

export type Read =
  | { readonly value: unknown; readonly lines: ReadonlyMap<string, number> }
  | { readonly message: string; readonly line: number; readonly column: number };

const TOKEN =
  /[\t\n\r ]+|[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const DEEPEST = 100;

class Broken extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** The value, and the line (from 1 on) of each part by its path, joined by dots as the API joins
 * them: `rule.0.match`. */
export function read(text: string): Read {
  const reader = new Reader(text);
  try {
    reader.all();
    return { value: JSON.parse(text), lines: reader.lines };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const before = text.slice(0, error.at).split("\n");
    return { message: error.message, line: before.length, column: before.at(-1)!.length + 1 };
  }
}

class Reader {
  readonly lines = new Map<string, number>();
  private at = 0;
  private line = 1;
  private token = "";
  private begins = 0;

  constructor(private readonly text: string) {}

  all(): void {
    this.next();
    this.value("", 0);
    if (this.token !== "") throw this.wanted("the end");
  }

  private value(path: string, depth: number): void {
    if (depth > DEEPEST) throw new Broken(this.begins, `deeper than ${DEEPEST} levels`);
    if (!this.lines.has(path)) this.lines.set(path, this.line);
    const inside = (name: string) => (path === "" ? name : `${path}.${name}`);
    if (this.token === "{") {
      const names = new Set<string>();
      this.list("}", () => {
        if (!this.token.startsWith('"')) throw this.wanted('a name in quotes, such as "name"');
        const name = JSON.parse(this.token) as string;
        if (names.has(name)) throw new Broken(this.begins, `${this.token} is there twice`);
        names.add(name);
        this.lines.set(inside(name), this.line);
        this.next();
        if (this.token !== ":") throw this.wanted("a colon");
        this.next();
        this.value(inside(name), depth + 1);
      });
    } else if (this.token === "[") {
      let index = 0;
      this.list("]", () => this.value(inside(String(index++)), depth + 1));
    } else if (this.token === "" || "}],:".includes(this.token)) {
      throw this.wanted("a value");
    } else {
      this.next();
    }
  }

  private list(end: "}" | "]", one: () => void): void {
    this.next();
    if (this.token === end) return this.next();
    for (;;) {
      one();
      if (this.token === end) return this.next();
      if (this.token !== ",") throw this.wanted(`a comma or ${end}`);
      this.next();
    }
  }

  private next(): void {
    for (;;) {
      this.begins = this.at;
      if (this.at === this.text.length) return void (this.token = "");
      TOKEN.lastIndex = this.at;
      const found = TOKEN.exec(this.text);
      if (found === null) throw new Broken(this.at, this.unread());
      this.token = found[0];
      this.at += this.token.length;
      if (this.token.trim() !== "") return;
      this.line += this.token.split("\n").length - 1;
    }
  }

  private unread(): string {
    const here = this.text[this.at];
    if (here === '"') return "this text does not end on its line, or holds a sign that has to be escaped";
    if (here === "'") return "texts stand in double quotes";
    return `${JSON.stringify(here)} cannot stand here`;
  }

  private wanted(what: string): Broken {
    return new Broken(
      this.begins,
      `${what} is missing ${this.token === "" ? "at the end" : `before ${this.token.slice(0, 24)}`}`,
    );
  }
}
