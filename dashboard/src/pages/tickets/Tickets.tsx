import { Alert, Button } from "@mantine/core";
import { useDisclosure, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";

import { useNames } from "../../api/directory";
import { useMay } from "../../api/may";
import { Icon } from "../../icons/icons";
import { PageHead } from "../../parts/PageHead";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { all, NOTHING, through, toggled } from "../../pure/choice";
import { leave, look } from "../../pure/beside";
import { restore } from "../../pure/columns";
import { type Filters, format, narrowed, NONE, parse } from "../../pure/filters";
import { type Asked, Asks } from "./Asks";
import { ChosenBar } from "./ChosenBar";
import { ColumnMenu } from "./ColumnMenu";
import { addressOf, COLUMN_IDS, HIDDEN, Names } from "./columns";
import { FilterBar } from "./FilterBar";
import { Grid } from "./Grid";
import { Nothing } from "./Nothing";
import { RefusedDialog } from "./RefusedDialog";
import classes from "./Tickets.module.css";
import { Toolbar } from "./Toolbar";
import { useActive } from "./useActive";
import { useActs } from "./useActs";
import { useBoard } from "./useBoard";
import { useExport } from "./useExport";

const AT_FIRST = restore(null, COLUMN_IDS, HIDDEN);
/** Resolving more than these is asked about before. */
const MANY = 20;

export function Tickets() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filters = useMemo(() => parse(search), [search]);
  const [board, view] = useBoard(filters);
  const [choice, setChoice] = useState(NOTHING);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [opened, more] = useDisclosure();
  const box = useRef<HTMLInputElement>(null);
  const show = useRef<((index: number) => void) | null>(null);
  const [shown, setShown] = useLocalStorage({
    key: "smart-support.tickets.columns",
    defaultValue: AT_FIRST,
    getInitialValueInEffect: false,
    deserialize: (kept) => restore(kept ?? null, COLUMN_IDS, HIDDEN),
  });
  const narrow = useMediaQuery("(max-width: 36em)", false, { getInitialValueInEffect: false });
  const names = useNames();
  const mayAct = useMay("agent");
  const { list: rows, byId } = view.rows;
  const [activeId, active, setActiveId] = useActive(search, rows, show);
  // What has left the table is not acted on unseen.
  const ids = useMemo(() => new Set([...choice.ids].filter((id) => byId.has(id))), [choice, rows, byId]);
  useEffect(() => setChoice(NOTHING), [board]);

  const release = useCallback((gone: readonly string[]) => {
    const out = new Set(gone);
    setChoice((before) => ({ ...before, ids: new Set([...before.ids].filter((id) => !out.has(id))) }));
  }, []);
  const acts = useActs(board, release);
  const saving = useExport(filters);

  const change = useCallback(
    (part: Partial<Filters>) => {
      const told = format({ ...parse(search), ...part });
      navigate(told === "" ? "/tickets" : `/tickets?${told}`, { replace: true });
    },
    [navigate, search],
  );
  const open = useCallback(
    (id: string) => {
      look(id); // also for whoever is back before its page has come
      navigate(addressOf(id));
    },
    [navigate],
  );
  useEffect(() => () => leave(board.read().rows.list.map((row) => row.ticket_id), search), [board, search]);
  const pick = useCallback(
    (id: string, range: boolean) => {
      const order = range ? rows.map((row) => row.ticket_id) : [];
      setChoice((before) => (range ? through(before, order, id) : toggled(before, id)));
    },
    [rows],
  );
  const picking = useMemo(
    () => ({
      ids,
      pick,
      all: () => setChoice(all(rows.map((row) => row.ticket_id))),
      none: () => setChoice(NOTHING),
    }),
    [ids, pick, rows],
  );
  const step = useCallback(
    (by: number, extend = false) => {
      const index = Math.min(rows.length - 1, Math.max(0, active + by));
      const to = rows[index];
      if (to === undefined) return;
      if (extend) {
        const order = rows.map((row) => row.ticket_id);
        setChoice((before) =>
          through(before.from === null ? { ...before, from: activeId } : before, order, to.ticket_id),
        );
      }
      setActiveId(to.ticket_id);
      show.current?.(index);
    },
    [rows, active, activeId, setActiveId],
  );
  /** The chosen rows, else the one that the keys are at. */
  const meant = useMemo(() => {
    if (ids.size > 0) return [...ids];
    return activeId !== null && byId.has(activeId) ? [activeId] : [];
  }, [ids, activeId, byId]);
  const { resolve } = acts;
  const ask = useCallback(
    (about: Asked["about"]) => {
      if (about === "resolve" && meant.length <= MANY) resolve(meant);
      else if (meant.length > 0) setAsked({ about, ids: meant });
    },
    [meant, resolve],
  );
  const { mine } = acts;
  const shortcuts = useMemo<Shortcut[]>(() => {
    const choose = () => activeId !== null && pick(activeId, false);
    return [
      { keys: "j", does: "Next ticket", run: () => step(1) },
      { keys: "k", does: "Ticket before", run: () => step(-1) },
      { keys: "ArrowDown", does: "Next ticket", run: () => step(1) },
      { keys: "ArrowUp", does: "Ticket before", run: () => step(-1) },
      { keys: "Home", does: "First ticket", run: () => step(-Infinity) },
      { keys: "End", does: "Last ticket that is loaded", run: () => step(Infinity) },
      { keys: "Enter", does: "Open the ticket", run: () => activeId !== null && open(activeId) },
      { keys: "x", does: "Choose this ticket, or not", run: choose },
      { keys: "Space", does: "Choose this ticket, or not", run: choose },
      { keys: "J", does: "Choose on to the next ticket", run: () => step(1, true) },
      { keys: "K", does: "Choose on to the ticket before", run: () => step(-1, true) },
      { keys: "* a", does: "Choose all that are loaded", run: picking.all },
      { keys: "Escape", does: "Choose none", run: picking.none },
      ...(mayAct
        ? [
            { keys: "e", does: "Resolve", run: () => ask("resolve") },
            { keys: "a", does: "Assign to somebody", run: () => ask("assign") },
            { keys: "h", does: "Escalate", run: () => ask("escalate") },
            { keys: "m", does: "Assign to me", run: () => meant.length > 0 && mine(meant) },
          ]
        : []),
      {
        keys: "o",
        does: "Newest first, or most urgent first",
        run: () => change({ order: filters.order === "newest" ? "urgent" : "newest" }),
      },
      { keys: "p", does: "Pause or resume the stream", run: () => board.pause(!board.read().paused) },
      { keys: "/", does: "Search", run: () => box.current?.focus() },
    ];
  }, [step, pick, picking, activeId, open, mayAct, ask, meant, mine, filters.order, change, board]);
  useShortcuts("Tickets", shortcuts);

  const loadMore = useCallback(() => void board.more(), [board]);
  const fit = narrowed(filters) ? "fit the filters" : "in all";
  const clear = () => change({ ...NONE, order: filters.order });
  const count = view.total?.toLocaleString() ?? `${rows.length.toLocaleString()}+`;
  return (
    <div className={classes.page}>
      <div className={classes.tools}>
        <PageHead title="Tickets" said={view.loading && rows.length === 0 ? "Loading" : `${count} ${fit}`}>
          <Toolbar
            view={view}
            order={filters.order}
            reorder={(order) => change({ order })}
            pause={() => board.pause(!view.paused)}
            saving={saving.count}
            save={() => void saving.save()}
            stopSaving={saving.stop}
          />
          {narrow ? (
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name="filter" size={14} />}
              aria-expanded={opened}
              onClick={more.toggle}
            >
              Filter
            </Button>
          ) : (
            <ColumnMenu shown={shown} change={setShown} reset={() => setShown(AT_FIRST)} />
          )}
        </PageHead>
        <div className={classes.filters} data-open={opened || undefined}>
          <FilterBar filters={filters} change={change} search={box} />
        </div>
        {view.failed !== null && rows.length > 0 && (
          <Alert color="red" variant="outline" role="alert" mt="xs" p="xs" title="Not all is up to date">
            {view.failed.message}{" "}
            <Button size="compact-xs" variant="subtle" onClick={() => void board.begin()}>
              Try again
            </Button>
          </Alert>
        )}
      </div>
      {rows.length > 0 ? (
        <Names value={names}>
          <Grid
            key={String(narrow)}
            rows={view.rows}
            shown={shown}
            narrow={narrow}
            active={active}
            picking={picking}
            activate={(index) => setActiveId(rows[index]?.ticket_id ?? null)}
            open={open}
            more={loadMore}
            show={show}
          />
        </Names>
      ) : (
        <Nothing
          loading={view.loading}
          error={view.failed}
          narrowed={narrowed(filters)}
          again={() => void board.begin()}
          clear={clear}
        />
      )}
      {(ids.size > 0 || acts.running !== null) && (
        <ChosenBar
          count={ids.size}
          running={acts.running}
          ask={ask}
          mine={() => mine(meant)}
          none={picking.none}
          mayAct={mayAct}
        />
      )}
      <Asks
        asked={asked}
        byId={byId}
        close={() => setAsked(null)}
        assign={acts.assign}
        escalate={acts.escalate}
        resolve={resolve}
      />
      <RefusedDialog refused={acts.refused} close={acts.forget} />
    </div>
  );
}
