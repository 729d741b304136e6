// A gallery: visitors sign in, look at artworks, and each view is stored once.
//
//   DATABASE_URL=postgresql://… SESSION_SECRET=… node server.js --port 8080
//
// Batches of ids go into PostgreSQL; a unique key on user and artwork makes a batch that is sent
// again harmless. `--no-key` has a defect that is common: the table has no such key, so what is
// sent again is stored again.

import { createHmac, timingSafeEqual } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import express from "express";
import pg from "pg";

const BATCH_MOST = 200;
const ID_MOST = 512;
const COOKIE = "gallery";

const { values: options } = parseArgs({
  options: { port: { type: "string" }, "no-key": { type: "boolean", default: false } },
});
const table = options["no-key"] ? "impressions_without_key" : "impressions";
const onConflict = options["no-key"] ? "" : "ON CONFLICT (user_id, artwork_id) DO NOTHING";
const secret = process.env.SESSION_SECRET;
if (!process.env.DATABASE_URL || !secret || !options.port) {
  console.error("set DATABASE_URL and SESSION_SECRET, and give --port");
  process.exit(2);
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
// An idle connection that the database ends is replaced by the pool; unheard it would end us.
pool.on("error", (error) => console.error(`database: ${error.message}`));

const sign = (user) => createHmac("sha256", secret).update(user).digest("hex");

function userOf(request) {
  const cookies = (request.headers.cookie ?? "").split("; ");
  const found = cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`));
  const [name = "", signature = ""] = (found ?? "").slice(COOKIE.length + 1).split(".");
  const user = Buffer.from(name, "hex").toString();
  const expected = Buffer.from(sign(user));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? user : null;
}

const isId = (id) => typeof id === "string" && id !== "" && Buffer.byteLength(id) <= ID_MOST;

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "256kb" }));

app.get("/health", async (request, response) => {
  await pool.query("SELECT 1");
  response.json({ up: true });
});

app.post("/session", (request, response) => {
  const user = String(request.body?.user ?? "");
  if (!user) {
    response.status(422).json({ error: "user is missing" });
    return;
  }
  const value = `${Buffer.from(user).toString("hex")}.${sign(user)}`;
  response.cookie(COOKIE, value, { httpOnly: true, sameSite: "lax", path: "/" });
  response.json({ user });
});

app.get("/session", (request, response) => {
  const user = userOf(request);
  response.status(user === null ? 401 : 200).json({ user });
});

app.post("/api/impressions", async (request, response) => {
  const user = userOf(request);
  const { userId, artworkIds } = request.body ?? {};
  if (user === null) {
    response.status(401).json({ error: "sign in first" });
  } else if (userId !== user) {
    // Somebody else has signed in since: the page keeps the views until their visitor is back.
    response.status(409).json({ error: "another visitor is signed in" });
  } else if (!Array.isArray(artworkIds) || !artworkIds.every(isId)) {
    response.status(422).json({ error: "artworkIds is a list of ids" });
  } else if (artworkIds.length < 1 || artworkIds.length > BATCH_MOST) {
    response.status(422).json({ error: `a batch has 1 to ${BATCH_MOST} ids` });
  } else {
    // Sorted: two batches take the locks of the same rows in the same order.
    const result = await pool.query(
      `INSERT INTO ${table} (user_id, artwork_id)
       SELECT $1, id FROM unnest($2::text[]) AS id ORDER BY id ${onConflict}`,
      [user, artworkIds],
    );
    const inserted = result.rowCount ?? 0;
    response.json({ inserted, duplicate: artworkIds.length - inserted });
  }
});

for (const [path, file] of [
  ["/gallery", "gallery.html"],
  ["/recorder.js", "recorder.js"],
]) {
  app.get(path, (request, response) => {
    response.set("Cache-Control", "no-cache");
    response.sendFile(fileURLToPath(new URL(file, import.meta.url)));
  });
}

app.use((error, request, response, next) => {
  const status = error.status ?? 503;
  if (status >= 500) console.error(`${request.method} ${request.path}: ${error.message}`);
  response.status(status).json({ error: status < 500 ? error.message : "try again" });
});

await pool.query(`
  CREATE TABLE IF NOT EXISTS ${table} (
    user_id text NOT NULL,
    artwork_id text NOT NULL,
    viewed_at timestamptz NOT NULL DEFAULT now()
    ${options["no-key"] ? "" : ", PRIMARY KEY (user_id, artwork_id)"}
  )`);
const server = app.listen(Number(options.port), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => pool.end().then(() => process.exit(0))));
