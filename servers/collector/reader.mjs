// Reads requests of a client by its adapter: a line of JSON in, a line of JSON out.
//
//   node reader.mjs --describe ADAPTER      prints what the adapter says of its client
//   node reader.mjs ADAPTER                 reads requests until standard input ends
//
// A request is {number, path, query, headers, body}, its body in base64; what is read of it is
// {number, views, answer} or {number, problem}.

import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const words = process.argv.slice(2);
const adapter = await import(pathToFileURL(path.resolve(words.at(-1) ?? "")));

/** A body that is compressed says so in its first two bytes, whatever the headers are. */
function text(body) {
  const bytes = Buffer.from(body, "base64");
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (packed ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** The text that stands under a name, or null: an id that is no text is none. */
const asText = (value) => (typeof value === "string" && value !== "" ? value : null);

function viewsOf(request) {
  const found = adapter.read({ ...request, body: text(request.body) });
  return found.map(({ view, event }) => {
    const { artwork, user, tab, number } = typeof view === "object" && view ? view : {};
    const fields = { artwork, user, tab, view: number };
    for (const [name, value] of Object.entries(fields)) {
      if (asText(value) === null) throw new TypeError(`an event has no ${name}`);
    }
    return { ...fields, event: asText(event) };
  });
}

function read(request) {
  try {
    const views = viewsOf(request);
    return { number: request.number, views, answer: adapter.answer(views.length) };
  } catch (error) {
    return { number: request.number, problem: String(error?.message ?? error) };
  }
}

if (words[0] === "--describe") {
  const { client, start, read: reads, answer } = adapter;
  const missing = Object.entries({ client, start, read: reads, answer });
  const names = missing.filter(([, value]) => value === undefined).map(([name]) => name);
  if (names.length) {
    console.error(`it does not export ${names.join(", ")}`);
    process.exitCode = 2;
  } else {
    console.log(JSON.stringify(client));
  }
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(read(JSON.parse(line)))}\n`);
  }
}
