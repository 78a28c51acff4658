// Two hooks for Node's loader. Packages are found from this folder, wherever the script that imports them lies.
// And @actions/* import JSON without an import attribute, because they expect a bundler.
import { readFile } from "node:fs/promises";

export async function resolve(specifier, context, next) {
  const isOurs = context.parentURL !== undefined && !context.parentURL.includes("/node_modules/");
  const isPackage = !/^(\.|\/|node:|file:)/.test(specifier);
  return next(specifier, isOurs && isPackage ? { ...context, parentURL: import.meta.url } : context);
}

export async function load(url, context, next) {
  if (!url.startsWith("file:") || !url.endsWith(".json")) {
    return next(url, context);
  }
  const text = await readFile(new URL(url), "utf8");
  return { format: "module", shortCircuit: true, source: `export default ${text};` };
}
