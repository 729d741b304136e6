// ES modules as one function: its parameters are the globals that they use, so that no module
// reaches anything of the process that runs them, and every page can have modules of its own.

const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"\.\/([^"]+)";[^\n]*$/gm;
const EXPORT = /^export\s+((?:async\s+)?(?:class|function|const|let|var)\s*\*?\s*([\w$]+))/gm;
/** State of a module, which every page has for itself: `let`, or a container that may change. */
const STATE = /^(?:export\s+)?(?:let|var)\s|^(?:export\s+)?const\s+[a-z]\w*\s*=\s*(?:new\s+(?!TextEncoder)|\[|\{)/m;

/** Return the names of the modules that `entry` needs, in the order in which they are evaluated. */
export function order(entry, sources) {
  const found = [];
  const visit = (name) => {
    if (found.includes(name)) return;
    if (!(name in sources)) throw new Error(`there is no module ${name}`);
    for (const [, , from] of sources[name].matchAll(IMPORT)) visit(from);
    if (!found.includes(name)) found.push(name);
  };
  visit(entry);
  return found;
}

/** Return whether any of the modules keeps state of its own. */
export const keepState = (names, sources) => names.some((name) => STATE.test(sources[name]));

/**
 * Return a function that evaluates the modules and returns the exports of each.
 * `globals` has the names and the values of what they find in their scope; `given` names modules
 * that are not evaluated: their exports are the function's argument.
 */
export function link(names, sources, globals, given = []) {
  const parts = names.map((name) => `$["${name}"] = (() => {${body(sources[name])}\n})();`);
  const inner = `const $ = { ...$given };\n${parts.join("\n")}\nreturn $;`;
  const code = `"use strict"; return ($given) => {${inner}};`;
  const known = new Set([...names, ...given]);
  for (const name of names) {
    for (const [, , from] of sources[name].matchAll(IMPORT)) {
      if (!known.has(from)) throw new Error(`${name} imports ${from}, which is not linked`);
    }
  }
  return new Function(...globals.names, code)(...globals.values);
}

function body(source) {
  const exported = [...source.matchAll(EXPORT)].map(([, , name]) => name);
  const text = source
    .replace(IMPORT, (_, what, from) => `const {${what.replaceAll(" as ", ": ")}} = $["${from}"];`)
    .replace(EXPORT, (_, declaration) => declaration);
  if (/^(import|export)\b/m.test(text)) throw new Error("an import or export of another form");
  return `\n${text}\nreturn { ${exported.join(", ")} };`;
}
