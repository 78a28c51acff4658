// Which jobs of a workflow would run, by GitHub's own parser and expression engine.
// Reads JSON: {workflow: text, cases: [{github, inputs, needs: {job: {result, outputs}}, cancelledAfter}]}: `needs` is
// how a job ends if it runs, and somebody cancels the run after the job `cancelledAfter`.
// Prints JSON: for each case the names of the jobs that run.
//
// What is ours: the order of the jobs, and the four status functions as GitHub documents them. success() is true when
// every job above succeeded, so one that was skipped makes it false.
import { text } from "node:stream/consumers";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";

const CONTEXTS = ["github", "inputs", "needs", "vars"];
const STATUS = ["always", "cancelled", "success", "failure"].map((name) => ({ name, minArgs: 0, maxArgs: 0 }));

async function readJobs(content) {
  const parsed = parseWorkflow({ name: "workflow.yml", content }, new NoOperationTraceWriter());
  const template = await convertWorkflowTemplate(parsed.context, parsed.value);
  const errors = parsed.context.errors.getErrors();
  if (errors.length > 0) {
    throw new Error(errors.map((each) => each.message).join("\n"));
  }
  return template.jobs.map((job) => ({
    name: job.id.value,
    needs: (job.needs ?? []).map((each) => each.value),
    condition: new Parser(new Lexer(job.if.expression).lex().tokens, CONTEXTS, STATUS).parse(),
  }));
}

function isTrue(job, context, status) {
  const functions = new Map(STATUS.map((each) => [each.name, { ...each, call: () => new data.BooleanData(status[each.name]) }]));
  const value = new Evaluator(job.condition, context, functions).evaluate();
  return !["", "false", "0", "NaN"].includes(value.coerceString());
}

function runs(jobs, { github, inputs, needs, cancelledAfter }) {
  let cancelled = false;
  const ended = {};
  const above = {};
  for (const job of jobs) {
    above[job.name] = new Set(job.needs.flatMap((name) => [name, ...above[name]]));
    const results = [...above[job.name]].map((name) => ended[name].result);
    const status = {
      always: true,
      cancelled,
      success: !cancelled && results.every((result) => result === "success"),
      failure: !cancelled && results.some((result) => result === "failure"),
    };
    const seen = Object.fromEntries(job.needs.map((name) => [name, ended[name]]));
    const context = JSON.parse(JSON.stringify({ github, inputs, needs: seen, vars: {} }), data.reviver);
    const skipped = { result: "skipped", outputs: {} };
    ended[job.name] = isTrue(job, context, status) ? { outputs: {}, ...needs[job.name] } : skipped;
    cancelled ||= job.name === cancelledAfter;
  }
  return jobs.filter((job) => ended[job.name].result !== "skipped").map((job) => job.name);
}

const { workflow, cases } = JSON.parse(await text(process.stdin));
const jobs = await readJobs(workflow);
console.log(JSON.stringify(cases.map((each) => runs(jobs, each))));
