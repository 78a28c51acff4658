// GitHub's own language service over many workflows. Reads JSON: {files: {name: text}, actions: {action: metadata}}.
// Prints a line of JSON for each finding: file, line, severity, message. Warnings are findings, too.
import { text } from "node:stream/consumers";
import { FeatureFlags } from "@actions/expressions";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

const SEVERITY = { 1: "error", 2: "warning", 3: "information", 4: "hint" };
const { files, actions } = JSON.parse(await text(process.stdin));
const config = {
  featureFlags: new FeatureFlags({ all: true }),
  actionsMetadataProvider: {
    async fetchActionMetadata(ref) {
      return actions[[ref.owner, ref.name, ref.path].filter(Boolean).join("/")];
    },
  },
};
for (const [name, content] of Object.entries(files)) {
  // Results are kept by URI, so every file has one of its own.
  const document = TextDocument.create(`file:///${name}`, "yaml", 0, content);
  for (const found of await validate(document, config)) {
    const finding = {
      file: name,
      line: found.range.start.line + 1,
      severity: SEVERITY[found.severity ?? 1],
      message: found.message,
    };
    console.log(JSON.stringify(finding));
  }
}
