import type { components, paths } from "./schema";

/** A body as the API's document names it: `Schema<"IncidentOut">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** A ticket as the list has it. */
export type TicketRow = Schema<"TicketRowOut">;
export type TicketPage = Schema<"TicketsOut">;
export type TicketQuery = NonNullable<paths["/v2/tickets"]["get"]["parameters"]["query"]>;
export type EventOut = Schema<"EventOut">;
export type Session = Schema<"SessionOut">;
export type Agent = Schema<"AgentOut">;
export type Incident = Schema<"IncidentOut">;
