import type { Schema } from "../../api/types";
import { Figure, Figures, type Tone } from "../../parts/Figure";
import { multiple, type Pace, pace, sums } from "../../pure/flood";
import { percent } from "../../pure/words";
import type { Span } from "./data";

const TONES: Readonly<Record<Pace, Tone>> = { unknown: "plain", calm: "good", busy: "warn", flood: "bad" };
const SAID: Readonly<Record<Pace, string>> = { unknown: "", calm: "Calm", busy: "Busy", flood: "A flood" };

interface Props {
  told: Schema<"ArrivalsOut"> | undefined;
  span: Span;
  /** Open incidents; undefined while they are read. */
  open: number | undefined;
}

/** What comes now, how much that is, and what was held back. */
export function BigFigures({ told, span, open }: Props) {
  return (
    <Figures>
      {told === undefined ? (
        ["Now", "Against the usual", "Suppressed"].map((label) => (
          <Figure key={label} label={label} value="–" said="Loading…" />
        ))
      ) : (
        <OfArrivals told={told} span={span} />
      )}
      <Figure
        label="Open incidents"
        value={open?.toLocaleString() ?? "–"}
        said={open === 0 ? "Nothing that many people tell of" : "Their members wait together"}
        tone={open === undefined || open === 0 ? "plain" : "warn"}
      />
    </Figures>
  );
}

function OfArrivals({ told, span }: { told: Schema<"ArrivalsOut">; span: Span }) {
  const { per_minute: now } = told.now;
  const { times, pace: how } = pace(now, told.base_rate);
  const { tickets, suppressed } = sums(told.buckets);
  const usual = told.base_rate?.toLocaleString(undefined, { maximumFractionDigits: 1 });
  return (
    <>
      <Figure
        label="Now"
        value={
          <>
            {now.toLocaleString()}
            <small>per minute</small>
          </>
        }
        said={`${tickets.toLocaleString()} tickets in ${span.said}`}
        tone={TONES[how]}
      />
      <Figure
        label="Against the usual"
        value={times === null ? "–" : multiple(times)}
        said={
          times === null
            ? "Known once some tickets are older than a storm's window"
            : `${SAID[how]}; usual is ${usual} a minute`
        }
        tone={TONES[how]}
      />
      <Figure
        label="Suppressed"
        value={suppressed.toLocaleString()}
        said={
          suppressed === 0
            ? `None in ${span.said}`
            : `${percent(suppressed, tickets)} of ${span.said}: told once, by their incident`
        }
      />
    </>
  );
}
