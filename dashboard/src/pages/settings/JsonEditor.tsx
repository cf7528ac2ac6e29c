import { Button } from "@mantine/core";
import { useMemo, useRef, useState } from "react";

import { read } from "../../pure/json";
import { type Content, pretty } from "./documents";
import classes from "./Settings.module.css";

/** As the style sheet has it. */
const LINE_HEIGHT = 20;
const LINES_ABOVE = 6;

interface Props {
  label: string;
  content: Content;
  readOnly: boolean;
  /** What the server refused, by paths. */
  fields: readonly { field: string; message: string }[];
  change: (content: Content) => void;
  /** Whether what stands there is whole; what is not is kept here only. */
  whole: (is: boolean) => void;
}

/** The document as text. It says on which line something is wrong, be it the JSON or what the server refused of it. */
export function JsonEditor({ label, content, readOnly, fields, change, whole }: Props) {
  const [text, setText] = useState(() => pretty(content));
  const shown = readOnly ? pretty(content) : text;
  const gutter = useRef<HTMLDivElement>(null);
  const found = useMemo(() => check(shown), [shown]);
  const wrong =
    "message" in found
      ? [{ line: found.line, words: `column ${found.column}: ${found.message}` }]
      : fields.map(({ field, message }) => ({
          line: found.lines.get(nearest(field, found.lines)) ?? 1,
          words: `${field}: ${message}`,
        }));
  const lines = new Set(wrong.map((one) => one.line));
  const area = useRef<HTMLTextAreaElement>(null);
  const show = (line: number) => {
    const before = shown.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, one) => sum + one.length + 1, 0);
    area.current?.focus();
    area.current?.setSelectionRange(at, at + (shown.split("\n")[line - 1]?.length ?? 0));
    area.current?.scrollTo({ top: Math.max(0, (line - LINES_ABOVE) * LINE_HEIGHT) });
  };
  return (
    <div>
      <div id="json-wrong" role="status">
        {wrong.map((one) => (
          <div key={one.words} className={classes.wrong}>
            <span className={classes.grow}>
              Line {one.line}, {one.words}
            </span>
            <Button size="compact-sm" variant="default" onClick={() => show(one.line)}>
              Go there
            </Button>
          </div>
        ))}
      </div>
      <div className={classes.editor}>
        <div className={classes.gutter} ref={gutter} aria-hidden="true">
          {shown.split("\n").map((_, index) => (
            <div key={index} data-wrong={lines.has(index + 1) || undefined}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          className={classes.text}
          aria-label={label}
          aria-invalid={wrong.length > 0}
          aria-describedby="json-wrong"
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          readOnly={readOnly}
          value={shown}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setText(next);
            const now = check(next);
            whole("value" in now);
            if ("value" in now) change(now.value as Content);
          }}
        />
      </div>
    </div>
  );
}

function check(text: string) {
  const found = read(text);
  if ("value" in found && (typeof found.value !== "object" || found.value === null || Array.isArray(found.value))) {
    return { message: "the document is one object in braces", line: 1, column: 1 };
  }
  return found;
}

/** The longest beginning of a path that stands in the text: what is missing is shown where it should be. */
function nearest(field: string, lines: ReadonlyMap<string, number>): string {
  let path = field;
  while (path !== "" && !lines.has(path)) path = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "";
  return path;
}
