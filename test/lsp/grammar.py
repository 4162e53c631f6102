#!/usr/bin/env python3
"""Holds the TextMate grammar against the lexer's words and the texts of the library and examples.

The grammar is run by a small interpreter of what it uses: patterns, includes, captures, and rules with begin and end
on one line.
"""

import json
import pathlib
import re

SOURCES = pathlib.Path(__file__).resolve().parents[2]
GRAMMAR = SOURCES / "tools" / "editor" / "vscode" / "syntaxes" / "gatefold.tmLanguage.json"


class Grammar:
    def __init__(self, path):
        self.grammar = json.loads(path.read_text())
        self.rules = list(self.flatten(self.grammar["patterns"]))

    def flatten(self, patterns):
        """The rules of patterns, includes followed, in their order."""
        for pattern in patterns:
            if "include" in pattern:
                yield from self.flatten([self.grammar["repository"][pattern["include"][1:]]])
            elif "match" in pattern or "begin" in pattern:
                yield pattern
            else:
                yield from self.flatten(pattern["patterns"])

    @staticmethod
    def first(rules, line, position):
        """The rule that matches next, and its match; of several at one place, the first."""
        found = None
        for rule in rules:
            match = re.compile(rule.get("match") or rule["begin"]).search(line, position)
            if match and match.end() > match.start() and (
                    not found or match.start() < found[1].start()):
                found = rule, match
        return found

    def scopes(self, line):
        """The scope of every character of a line; "" for what no rule takes."""
        result = [""] * len(line)
        position = 0
        while found := self.first(self.rules, line, position):
            rule, match = found
            position = match.end()
            if "begin" in rule:
                end = re.compile(rule["end"])
                inner = list(self.flatten(rule.get("patterns", [])))
                while True:
                    closing = end.search(line, position)
                    nested = self.first(inner, line, position) if inner else None
                    if not nested or nested[1].start() >= closing.start():
                        break
                    position = nested[1].end()
                position = closing.end()
            for index in range(match.start(), position):
                result[index] = rule.get("name", "")
            for group, capture in rule.get("captures", {}).items():
                for index in range(*match.span(int(group))):
                    result[index] = capture["name"]
        return result


def keywords():
    """The reserved words, from the lexer itself."""
    lexer = (SOURCES / "lib" / "Language" / "Lexer.cpp").read_text()
    table = lexer[lexer.index("keywords[]"):lexer.index("operators[]")]
    return re.findall(r'\{Kind::\w+, "(\w+)"\}', table)


def scope_of(grammar, line, word):
    scopes = grammar.scopes(line)
    index = line.index(word)
    found = set(scopes[index:index + len(word)])
    assert len(found) == 1, f"{word!r} in {line!r} has the scopes {found}"
    return found.pop()


def check_words(grammar):
    words = keywords()
    assert len(words) > 25, words
    for word in words:
        scope = scope_of(grammar, f"  {word} x", word)
        assert scope.startswith(("keyword.", "constant.language.", "variable.language.")), (
            f"{word}: {scope or 'no scope'}")
        assert scope_of(grammar, f"  a_{word} = 1", f"a_{word}") == "variable.other.gatefold", word


def check_lines(grammar):
    for line, word, scope in [
            ("x = 1  // state is 0", "// state is 0", "comment.line.double-slash"),
            ("/// The state.", "/// The state.", "comment.line.documentation"),
            ("//// A rule.", "//// A rule.", "comment.line.double-slash"),
            ('W = "a // b \\" state"', '"a // b \\" state"', "string.quoted.double"),
            ('W = "unfinished', '"unfinished', "string.quoted.double"),
            ("cell Lstm[I, H](x: [I]) -> [H] {", "Lstm", "entity.name.type"),
            ("fn relu(x: f32) -> f32 {", "relu", "entity.name.function"),
            ("fn relu(x: f32) -> f32 {", "f32", "storage.type"),
            ("fn relu(x: f32) -> f32 {", "->", "keyword.operator.arrow"),
            ("const width = 64", "width", "variable.other.constant"),
            ("binding torch for Linear {", "torch", "entity.name.namespace"),
            ("  out = Linear[2, 3] load torch", "torch", "entity.name.namespace"),
            ("  h' = o * tanh(c')", "h'", "variable.other.next"),
            ("  h' = o * tanh(c')", "tanh", "entity.name.function.call"),
            ("  y = x * 1e-5", "1e-5", "constant.numeric"),
            ("  s = q . k", ".", "keyword.operator.product"),
            ("  s = last.h", "h", "variable.other.member"),
            ("  s = last.state", "state", "variable.other.member"),
            ("  for l in layers {", "in", "keyword.other"),
            ("  in = 3", "in", "variable.other"),
            ("  pad = x", "pad", "variable.other"),
            ("  window w[3] = x pad 0", "pad", "keyword.other"),
            ("  history k = x keep 64", "history", "keyword.declaration.memory"),
            ("  history k = x keep 64", "keep", "keyword.other"),
            ("  p = zeros[history]", "history", "variable.language.history"),
            ("text: token[T] of letters", "of", "keyword.other"),
            ("text: token[T] of letters", "token", "storage.type")]:
        found = scope_of(grammar, line, word)
        assert found == scope + ".gatefold", f"{word!r} in {line!r}: {found}"


def check_texts(grammar):
    """In real texts, comments are comments to the end, words have scopes, and only brackets lack one."""
    texts = sorted((SOURCES / "lib").rglob("*.fold")) + sorted((SOURCES / "examples").rglob("*.fold"))
    assert len(texts) > 20, texts
    reserved = set(keywords())
    for path in texts:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            place = f"{path}:{number}"
            scopes = grammar.scopes(line)
            bare = re.sub(r'"(\\.|[^"\\])*"', lambda match: "_" * len(match[0]), line)
            comment = bare.find("//")
            for index in range(comment if comment >= 0 else len(line), len(line)):
                assert scopes[index].startswith("comment."), f"{place}: {line[index:]}"
            for word in re.finditer(r"[A-Za-z_]\w*", bare[:comment if comment >= 0 else len(bare)]):
                scope = scopes[word.start()]
                assert scope, f"{place}: {word[0]} has no scope"
                is_member = scope.startswith("variable.other.member")
                if word[0] in reserved and not is_member:
                    assert not scope.startswith("variable.other"), f"{place}: {word[0]}: {scope}"
            rest = {line[i] for i, scope in enumerate(scopes) if not scope}
            assert rest <= set(" ()[]{},:;"), f"{place}: {rest}"


def main():
    grammar = Grammar(GRAMMAR)
    check_words(grammar)
    check_lines(grammar)
    check_texts(grammar)
    folder = GRAMMAR.parents[1]
    package = json.loads((folder / "package.json").read_text())
    named = [package["main"], package["contributes"]["languages"][0]["configuration"],
             package["contributes"]["grammars"][0]["path"]]
    assert all((folder / name).is_file() for name in named), named
    json.loads((folder / "language-configuration.json").read_text())
    print("grammar: passed")


if __name__ == "__main__":
    main()
