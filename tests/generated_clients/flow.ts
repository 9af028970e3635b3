// An app in TypeScript, on a client that openapi-typescript made: from enrolment to a refusal.

import createClient from "openapi-fetch";
import type { components, paths } from "./cairn.js";

type Schemas = components["schemas"];
type Answered<T> = { data?: T; error?: Schemas["Problem"]; response: Response };

declare const process: { argv: string[] };
const [, , baseUrl = "", token = "", dueOn = ""] = process.argv;
const cairn = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

function taken<T>(answered: Answered<T>): T {
  if (answered.data === undefined) {
    throw new Error(`${answered.response.status}: ${JSON.stringify(answered.error)}`);
  }
  return answered.data;
}

// Nothing with a default has to be sent: this compiles only where the types say so.
const client: Schemas["NewClient"] = { display_name: "Ada", zone: "Europe/Zurich" };
const goal: Schemas["NewGoal"] = {
  statement: "Walk for half an hour on five days a week",
  measure: { type: "frequency", amount: 150, unit: "minutes", per: "week" },
  achievability: 7,
  why: "I sleep better then.",
  due_on: dueOn,
};
const mood: Schemas["NewMood"] = { rating: 6 };
const form: Schemas["NewAssessment"] = {
  instrument: "phq9",
  answers: [1, 1, 1, 1, 0, 0, 0, 0, 0],
};

const enrolled: Schemas["Receipt"][] = [];
for (const name of ["Ada", "Ben", "Cleo"]) {
  const body = { ...client, display_name: name };
  const header = { "Idempotency-Key": crypto.randomUUID() };
  enrolled.push(taken(await cairn.POST("/v1/clients", { body, params: { header } })));
}
const [ada] = enrolled;
expect(ada !== undefined, "three clients are enrolled");

const ofAda = { path: { client_id: ada.id } };
const set = taken(await cairn.POST("/v1/clients/{client_id}/goals", { params: ofAda, body: goal }));
const ofGoal = { path: { goal_id: set.id } };
const agreed = taken(
  await cairn.POST("/v1/goals/{goal_id}/agree", {
    params: ofGoal,
    body: { parties: ["client", "clinician"] },
  }),
);
taken(await cairn.POST("/v1/clients/{client_id}/moods", { params: ofAda, body: mood }));
const sent = taken(
  await cairn.POST("/v1/clients/{client_id}/assessments", { params: ofAda, body: form }),
);
expect(agreed.version > set.version, "the goal has a new version");

// A read that sends the position of the last write waits until that write can be seen.
const header = { "Cairn-Position": String(sent.position) };
const shown = taken(await cairn.GET("/v1/goals/{goal_id}", { params: { ...ofGoal, header } }));
expect(shown.stage === "active", "the goal is under way");

const names: string[] = [];
let cursor: string | null | undefined;
do {
  const query = { limit: 2, ...(cursor ? { cursor } : {}) };
  const page: Schemas["ClientPage"] = taken(
    await cairn.GET("/v1/clients", { params: { query, header } }),
  );
  names.push(...page.items.map((one) => one.display_name ?? ""));
  cursor = page.next;
} while (cursor);
expect(names.sort().join() === "Ada,Ben,Cleo", `every client is listed once: ${names}`);

const refused = await cairn.POST("/v1/clients/{client_id}/moods", {
  params: ofAda,
  body: { rating: 11, occurred_at: "yesterday" },
});
const problem: Schemas["Problem"] | undefined = refused.error;
expect(problem !== undefined && refused.response.status === 422, "both values are refused");
expect(problem.type === "/problems/body-invalid", problem.type);
const pointers = (problem.faults ?? []).map((one) => one.pointer);
expect(pointers.join() === "/rating,/occurred_at", `all faults are told: ${pointers}`);
console.log("The flow is complete.");
