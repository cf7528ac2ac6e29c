/** A list that comes in pages, read to its end. */

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** All items, each once by its name, `most` at most; what was read so far where `stopped` says so. */
export async function everything<Item>(
  page: (cursor: string | null) => Promise<Page<Item>>,
  nameOf: (item: Item) => string,
  most: number,
  told: (count: number) => void,
  stopped: () => boolean,
): Promise<Item[]> {
  const found = new Map<string, Item>();
  let cursor: string | null = null;
  do {
    const { items, next }: Page<Item> = await page(cursor);
    for (const item of items) {
      if (found.size < most || found.has(nameOf(item))) found.set(nameOf(item), item);
    }
    told(found.size);
    cursor = next;
  } while (cursor !== null && found.size < most && !stopped());
  return [...found.values()];
}
