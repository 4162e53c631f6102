//===- Diagnostics.h - Messages about a source text ---------------*- C++ -*-===//
//
// Collects the errors and warnings of one run and prints them with source line, caret range, notes
// and hints.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_DIAGNOSTICS_H
#define GATEFOLD_LANGUAGE_DIAGNOSTICS_H

#include "gatefold/Language/Source.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"
#include <deque>
#include <string>
#include <vector>

namespace gatefold {

enum class Severity { Error, Warning };

/// `text` with every name, or other run of letters, digits and underscores, beyond 60 characters
/// cut short by `…`, and what is left beyond 2000 bytes.
std::string shortenMessage(llvm::StringRef text);

/// One message. Texts are lower case, without a final period, and name what was expected and what
/// was found; names in them are shortened.
struct Diagnostic {
  struct Note {
    SourceRange range; ///< nowhere: printed without a place
    std::string text;
  };
  Severity severity = Severity::Error;
  SourceRange range;
  std::string text;
  std::vector<Note> notes; ///< other places involved
  std::string hint;        ///< the likely repair; may be empty

  Diagnostic &note(SourceRange where, const llvm::Twine &what) {
    notes.push_back({where, shortenMessage(what.str())});
    return *this;
  }
  Diagnostic &withHint(const llvm::Twine &what) {
    hint = shortenMessage(what.str());
    return *this;
  }
};

/// The messages of one run, in the order of their discovery.
class Diagnostics {
public:
  explicit Diagnostics(llvm::SourceMgr &sources) : sources(sources) {}

  /// Reports; the returned message may be completed with notes and a hint.
  Diagnostic &error(SourceRange range, const llvm::Twine &text);
  Diagnostic &warning(SourceRange range, const llvm::Twine &text);

  bool hasErrors() const { return errors != 0; }
  unsigned numErrors() const { return errors; }
  const std::deque<Diagnostic> &all() const { return messages; }
  llvm::SourceMgr &getSources() const { return sources; }

  /// Prints every message sorted by file and place: `file:line:column: error: text`, the source
  /// line (long lines are cut around the caret), a caret range `^~~~`, notes and hint. `colors`
  /// switches terminal colours on.
  void print(llvm::raw_ostream &os, bool colors = false) const;

private:
  llvm::SourceMgr &sources;
  std::deque<Diagnostic> messages; // a deque: references stay valid while more are reported
  unsigned errors = 0;
};

/// The candidate closest to `name` by edit distance, or "" when none is near enough to be a
/// misspelling.
std::string nearestName(llvm::StringRef name, llvm::ArrayRef<std::string> candidates);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_DIAGNOSTICS_H
