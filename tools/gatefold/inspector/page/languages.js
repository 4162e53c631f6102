"use strict";
// Colours for texts: splits a line into tokens by one expression for each language.

const tokenRules = {
  fold: [
    ["comment", /\/\/.*/],
    ["string", /"(?:[^"\\]|\\.)*"/],
    ["keyword", /\b(?:model|cell|layer|fn|binding|vocabulary|import|const|for|in|if|then|else|return|scan|weight|state|window|history|load|from|reverse|when|append|generate|reset|update)\b/],
    ["type", /\b(?:f32|f64|f16|bf16|i32|i64|bool|token)\b/],
    ["number", /\b\d+(?:\.\d+)?(?:e[-+]?\d+)?\b/],
    ["name", /[A-Za-z_]\w*'?/],
    ["operator", /->|[-+*\/@^=<>]=?/],
  ],
  mlir: [
    ["comment", /\/\/.*/],
    ["string", /"(?:[^"\\]|\\.)*"/],
    ["value", /%[\w$.'-]+(?:#\d+)?/],
    ["symbol", /@"[^"]*"|@[\w$.'-]+/],
    ["label", /\^\w+/],
    ["type", /\b(?:tensor|memref|vector|affine_map|affine_set|index|i\d+|f\d+|bf16)\b(?:<[^<>]*>)?|!\w+(?:\.\w+)*(?:<[^<>]*>)?/],
    ["attribute", /#\w+(?:\.\w+)*/],
    ["number", /(?<![\w.])-?\d+(?:\.\d+)?(?:E[-+]?\d+)?|0x[0-9A-Fa-f]+/],
    ["keyword", /\b(?:[a-z_]+\.)+[a-z_0-9.]+\b|\bmodule\b/],
  ],
  ll: [
    ["comment", /;.*/],
    ["string", /c?"(?:[^"\\]|\\.)*"/],
    ["value", /%[\w$."-]+/],
    ["symbol", /@"[^"]*"|@[\w$.-]+/],
    ["label", /^\d+:|^[\w.]+:/],
    ["type", /\b(?:void|ptr|float|double|half|bfloat|i\d+)\b|<\d+ x \w+>/],
    ["attribute", /![\w.]*|#\d+/],
    ["number", /(?<![\w.%])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|0x[0-9A-Fa-f]+/],
    ["keyword", /(?<== |^  |tail )[a-z]+(?:\.[a-z0-9]+)*/],
  ],
  s: [
    ["comment", /#.*/],
    ["string", /"(?:[^"\\]|\\.)*"/],
    ["label", /^[^\s:]+:|\.L\w+/],
    ["attribute", /^\t\.[\w.]+/],
    ["keyword", /^\t\w+/],
    ["value", /%\w+/],
    ["number", /\$?-?\b(?:0x[0-9a-f]+|\d+)\b/],
  ],
};

const tokenizers = Object.fromEntries(
  Object.entries(tokenRules).map(([language, rules]) => [
    language,
    {
      kinds: rules.map(([kind]) => kind),
      expression: new RegExp(rules.map(([, expression]) => `(${expression.source})`).join("|"), "g"),
    },
  ])
);

/** Calls `add(kind, text, column)` for each part of a line, `kind` empty for what is nothing special. */
function tokenize(language, line, add) {
  const { kinds, expression } = tokenizers[language];
  let end = 0;
  for (const match of line.matchAll(expression)) {
    if (match.index > end) add("", line.slice(end, match.index), end + 1);
    add(kinds[match.findIndex((group, index) => index && group !== undefined) - 1], match[0], match.index + 1);
    end = match.index + match[0].length;
  }
  if (end < line.length) add("", line.slice(end), end + 1);
}
