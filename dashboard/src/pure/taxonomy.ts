/** The taxonomy as its form edits it. */

/** A category as the form edits it: every field is there. */
export interface Category {
  name: string;
  description: string;
  examples: string[];
  sla: { first_response_minutes: number | null; resolution_minutes: number | null };
  skills: Record<string, number>;
}

export interface Taxonomy {
  category: Category[];
  fallback: string;
  review_below: number;
}

/** Null where it is out of shape for the form. */
export function taxonomyOf(content: Readonly<Record<string, unknown>>): Taxonomy | null {
  const { category, fallback = "", review_below: below = 0 } = content;
  if (!Array.isArray(category) || typeof fallback !== "string" || typeof below !== "number") return null;
  const all = category.map(categoryOf);
  return all.includes(null) ? null : { ...content, category: all as Category[], fallback, review_below: below };
}

function categoryOf(told: unknown): Category | null {
  if (!isTable(told)) return null;
  const { name, description = "", examples = [], sla = {}, skills = {} } = told;
  const texts = Array.isArray(examples) && examples.every((one) => typeof one === "string");
  if (typeof name !== "string" || typeof description !== "string" || !texts || !isTable(sla) || !isTable(skills))
    return null;
  const first = sla["first_response_minutes"] ?? null;
  const last = sla["resolution_minutes"] ?? null;
  if (!isMinutes(first) || !isMinutes(last) || !Object.values(skills).every((has) => typeof has === "number"))
    return null;
  return {
    ...told,
    name,
    description,
    examples,
    sla: { ...sla, first_response_minutes: first, resolution_minutes: last },
    skills: skills as Record<string, number>,
  };
}

function isTable(told: unknown): told is Record<string, unknown> {
  return typeof told === "object" && told !== null && !Array.isArray(told);
}

function isMinutes(told: unknown): told is number | null {
  return told === null || typeof told === "number";
}

/** Skills and how good somebody has to be, or is, at each: "billing 1, refunds 0.5"; without those of level 0. */
export function levels(skills: Readonly<Record<string, number>>): string {
  return Object.entries(skills)
    .filter(([, level]) => level > 0)
    .map(([skill, level]) => `${skill} ${level}`)
    .join(", ");
}
