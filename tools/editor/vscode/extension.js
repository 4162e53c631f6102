// Starts the language server and lets the editor speak with it.
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function activate() {
  const settings = vscode.workspace.getConfiguration("gatefold");
  const folders = settings.get("importFolders").flatMap((folder) => ["-I", folder]);
  client = new LanguageClient(
    "gatefold",
    "Gatefold",
    { command: settings.get("server"), args: folders },
    { documentSelector: [{ scheme: "file", language: "gatefold" }] },
  );
  await client.start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
