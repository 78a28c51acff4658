// GitHub's own parser and expression engine behind lines of JSON: one request a line, one answer a line.
//   {"load": text}                                -> {"errors": [...], "root": tree, "jobs": [...]}
//   {"evaluate": tree, "contexts": {}, "status": {}, "strings": bool}  -> {"value": ...} or {"error": text}
// In a tree an expression is {"${{": text}; everything else is plain JSON.
import { createInterface } from "node:readline";
import { data, Evaluator, FeatureFlags, Lexer, Parser } from "@actions/expressions";
import {
  convertWorkflowTemplate,
  isBasicExpression,
  isMapping,
  isSequence,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";

const EXPRESSION = "${{";
const CONTEXTS = ["github", "env", "vars", "job", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"];

function plain(token) {
  if (token === undefined || token === null) return null;
  if (isBasicExpression(token)) return { [EXPRESSION]: token.expression };
  if (isSequence(token)) return Array.from({ length: token.count }, (_, at) => plain(token.get(at)));
  if (isMapping(token)) {
    const pairs = Array.from({ length: token.count }, (_, at) => token.get(at));
    return Object.fromEntries(pairs.map(({ key, value }) => [key.value, plain(value)]));
  }
  return token.value ?? null;
}

async function load(text) {
  const featureFlags = new FeatureFlags({ all: true });
  const parsed = parseWorkflow({ name: "workflow.yml", content: text }, new NoOperationTraceWriter());
  const template = await convertWorkflowTemplate(parsed.context, parsed.value, undefined, { errorPolicy: 0, featureFlags });
  const errors = parsed.context.errors.getErrors().map((error) => error.message);
  if (errors.length) return { errors };
  const jobs = template.jobs.map((job) => ({
    id: job.id.value,
    needs: (job.needs ?? []).map((each) => each.value),
    condition: plain(job.if),
    steps: (job.steps ?? []).map((step) => ({ id: step.id, condition: plain(step.if) })),
  }));
  return { errors, root: plain(parsed.value), jobs };
}

function evaluate({ evaluate: tree, contexts, status, strings }) {
  const functions = Object.entries({ ...status, always: true }).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const known = new Map(functions.map((each) => [each.name, each]));
  const values = JSON.parse(JSON.stringify(contexts), data.reviver);
  const one = (text) => {
    const ast = new Parser(new Lexer(text).lex().tokens, CONTEXTS, functions).parse();
    return new Evaluator(ast, values, known).evaluate();
  };
  const scalar = (value) => {
    if (!strings) return JSON.parse(JSON.stringify(value, data.replacer) ?? "null");
    return value.coerceString();
  };
  const walk = (node) => {
    if (Array.isArray(node)) return node.map(walk);
    if (node === null || typeof node !== "object") return scalar(JSON.parse(JSON.stringify(node), data.reviver));
    if (EXPRESSION in node) return scalar(one(node[EXPRESSION]));
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
  };
  return { value: walk(tree) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = "load" in request ? await load(request.load) : evaluate(request);
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
